"""The simulated runtime."""

import asyncio

import pytest

from kubewheel.kubelet.runtime import (
    ContainerConfig,
    ContainerState,
    ExecTimeout,
    Namespaces,
    NotFound,
    PullError,
    RuntimeFailure,
    SandboxConfig,
    SandboxState,
)
from kubewheel.kubelet.simulated.runtime import SimulatedRuntime
from kubewheel.libs.clock import RealClock, SteppedClock
from kubewheel.libs.tasks import create_task
from tests.unit.kubelet.server import fake_api


async def test_a_container_ends_when_its_behaviour_says_so():
    clock = SteppedClock()
    runtime = SimulatedRuntime(clock)
    _, container_id = await fake_api.start(runtime, fake_api.make_pod(exit_after="5", exit_code="2"))
    assert (await runtime.container_status(container_id)).container.state == ContainerState.RUNNING
    clock.advance(7)
    status = await runtime.container_status(container_id)
    assert (status.container.state, status.exit_code, status.reason) == (ContainerState.EXITED, 2, "Error")
    assert status.finished_at - status.started_at == 5


async def test_stopping_takes_its_time_but_at_most_the_grace():
    clock = SteppedClock()
    runtime = SimulatedRuntime(clock)
    _, container_id = await fake_api.start(runtime, fake_api.make_pod(stop_after="60"))
    async with asyncio.TaskGroup() as group:
        stopping = create_task(group, runtime.stop_container(container_id, 10), name="stop")
        await asyncio.sleep(0)
        clock.advance(9)
        await asyncio.sleep(0)
        assert not stopping.done()
        clock.advance(1)
    assert (await runtime.container_status(container_id)).exit_code == 137


async def test_addresses_are_the_lowest_free():
    runtime = SimulatedRuntime(SteppedClock(), "10.1.2.0/29")
    ids = [(await fake_api.start(runtime, fake_api.make_pod(f"p{number}")))[0] for number in range(3)]
    found = [(await runtime.sandbox_status(each)).ips for each in ids]
    assert found == [("10.1.2.2",), ("10.1.2.3",), ("10.1.2.4",)]
    await runtime.stop_sandbox(ids[1])
    assert (await runtime.sandbox_status(ids[1])).state == SandboxState.NOT_READY
    await runtime.remove_sandbox(ids[1])
    again, _ = await fake_api.start(runtime, fake_api.make_pod("p4"))
    assert (await runtime.sandbox_status(again)).ips == ("10.1.2.3",)
    for number in range(5, 7):
        await fake_api.start(runtime, fake_api.make_pod(f"p{number}"))
    with pytest.raises(RuntimeFailure, match=r"no free address in 10\.1\.2\.0/29"):
        await fake_api.start(runtime, fake_api.make_pod("p9"))
    pod = fake_api.make_pod("host")
    config = SandboxConfig(pod, "host", "default", "u", namespaces=Namespaces(host_network=True))
    assert (await runtime.sandbox_status(await runtime.run_sandbox(config))).ips == ()


async def test_changes_are_told_when_they_are_due():
    clock = SteppedClock()
    runtime = SimulatedRuntime(clock)
    told: list[str] = []

    async def listen() -> None:
        async for changed in runtime.changes():
            told.append(changed)

    async def settle() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        listening = create_task(group, listen(), name="listen")
        await settle()
        sandbox_id, container_id = await fake_api.start(runtime, fake_api.make_pod(exit_after="5"))
        await settle()
        assert told == [sandbox_id, container_id]
        clock.advance(5)
        await settle()
        assert told == [sandbox_id, container_id, container_id]
        listening.cancel()


async def test_images():
    runtime = SimulatedRuntime(SteppedClock())
    image_id = await runtime.pull_image("registry:5000/app:1")
    found = await runtime.image_status(image_id)
    assert found is not None
    assert found == await runtime.image_status("registry:5000/app:1")
    assert found.digests == (f"registry:5000/app@{image_id}",)
    with pytest.raises(PullError, match="nonexistent:1: not found"):
        await runtime.pull_image("nonexistent:1")
    await runtime.remove_image(image_id)
    assert await runtime.list_images() == []


async def test_commands_may_take_too_long():
    runtime = SimulatedRuntime(RealClock())
    _, container_id = await fake_api.start(runtime, fake_api.make_pod())
    assert await runtime.exec_sync(container_id, ["sh", "-c", "echo a; echo b >&2; exit 2"], 1) == (2, b"a\n", b"b\n")
    with pytest.raises(ExecTimeout):
        await runtime.exec_sync(container_id, ["sleep", "5"], 0.01)


async def test_what_does_not_exist():
    runtime = SimulatedRuntime(SteppedClock())
    for call in (runtime.container_status, runtime.sandbox_status, runtime.start_container):
        with pytest.raises(NotFound):
            await call("nosuch")
    await runtime.stop_sandbox("nosuch")
    await runtime.stop_container("nosuch", 1)
    await runtime.remove_container("nosuch")
    await runtime.remove_sandbox("nosuch")


async def test_stats_grow_with_time():
    clock = SteppedClock()
    runtime = SimulatedRuntime(clock)
    await fake_api.start(runtime, fake_api.make_pod())
    clock.advance(10)
    (stats,) = await runtime.container_stats()
    assert stats.cpu_nanoseconds == 10_000_000
    assert stats.memory_working_set_bytes > 0


async def test_created_containers_do_not_run():
    runtime = SimulatedRuntime(SteppedClock())
    pod = fake_api.make_pod()
    config = SandboxConfig(pod, "web", "default", "uid-web")
    sandbox_id = await runtime.run_sandbox(config)
    container = ContainerConfig("main", "app:1", log_path="main/0.log")
    container_id = await runtime.create_container(sandbox_id, container, config)
    status = await runtime.container_status(container_id)
    assert status.container.state == ContainerState.CREATED
    assert status.log_path.endswith("main/0.log")
    assert [each.id for each in await runtime.list_containers("uid-web")] == [container_id]
    assert await runtime.list_containers("other") == []
