"""Pods with real containers: from creation to the end."""

import pytest

from tests.e2e.kubelet import harness
from tests.e2e.kubelet.harness import Cluster, container_status, phase, pod, sh, waiting

pytestmark = [pytest.mark.containerd, pytest.mark.slow]


async def test_pod_runs_and_goes(cluster: Cluster) -> None:
    await cluster.run(pod("web", *sh("echo hello; exec sleep 1000")))
    found = await cluster.running("web")
    status = found["status"]
    assert status["phase"] == "Running"
    assert status["podIP"].startswith(harness.POD_CIDR.removesuffix("0/24"))
    assert status["hostIP"] == "127.0.0.1"
    assert status["qosClass"] == "BestEffort"
    assert container_status(found)["containerID"].startswith("containerd://")
    assert harness.condition(found, "PodReadyToStartContainers") == "True"
    ready = next(each for each in status["conditions"] if each["type"] == "Ready")
    assert "message" not in ready
    assert cluster.log(found) == "hello\n"
    events = await cluster.events("web")
    assert "Created: Container created" in events
    assert "Started: Container started" in events
    await cluster.delete("web", grace=0)
    await cluster.gone("web")


async def test_deleted_pod_gets_term_then_kill_and_leaves_nothing(cluster: Cluster) -> None:
    await cluster.run(pod("soft", *sh("trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done")))
    await cluster.run(pod("hard", *sh("trap '' TERM; while :; do sleep 0.05; done")))
    soft, hard = await cluster.running("soft"), await cluster.running("hard")
    await cluster.delete("soft", grace=5)
    await cluster.gone("soft", seconds=3)
    await cluster.delete("hard", grace=1)
    await cluster.gone("hard", seconds=6)
    assert cluster.runtime is not None

    async def nothing_left() -> bool:
        assert cluster.runtime is not None
        return not await cluster.runtime.list_sandboxes() and not await cluster.runtime.list_containers()

    await cluster.until(nothing_left, "sandboxes removed")
    pods_dir, logs_dir = cluster.machine.data_dir / "pods", cluster.machine.data_dir / "logs" / "pods"

    async def no_files() -> bool:
        return not list(pods_dir.iterdir()) and not list(logs_dir.iterdir())

    await cluster.until(no_files, "files removed")
    for found in (soft, hard):
        assert not list(cluster.machine.data_dir.glob(f"**/*{found['metadata']['uid']}*"))


async def test_force_delete(cluster: Cluster) -> None:
    await cluster.run(pod("stuck", *sh("trap '' TERM; while :; do sleep 0.05; done")))
    await cluster.running("stuck")
    await cluster.delete("stuck", grace=0)
    await cluster.gone("stuck", seconds=3)


async def test_shorter_grace_takes_effect(cluster: Cluster) -> None:
    await cluster.run(pod("slow", *sh("trap '' TERM; while :; do sleep 0.05; done"), terminationGracePeriodSeconds=60))
    await cluster.running("slow")
    await cluster.delete("slow", grace=60)
    await cluster.wait("slow", lambda found: found["metadata"].get("deletionTimestamp"))
    await cluster.delete("slow", grace=1)
    await cluster.gone("slow", seconds=8)


async def test_restart_policies(cluster: Cluster) -> None:
    await cluster.run(pod("done", "true", restartPolicy="Never"))
    await cluster.run(pod("failed", *sh("exit 3"), restartPolicy="Never"))
    await cluster.run(pod("tried", *sh("test -e /data/x && exit 0; touch /data/x; exit 1"), restartPolicy="OnFailure",
                          container={"volumeMounts": [{"name": "data", "mountPath": "/data"}]},
                          volumes=[{"name": "data", "emptyDir": {}}]))
    await cluster.run(pod("crash", *sh("echo again; exit 7")))
    done = await cluster.wait("done", lambda found: phase(found) == "Succeeded")
    assert container_status(done)["state"]["terminated"]["reason"] == "Completed"
    failed = await cluster.wait("failed", lambda found: phase(found) == "Failed")
    terminated = container_status(failed)["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (3, "Error")
    tried = await cluster.wait("tried", lambda found: phase(found) == "Succeeded")
    assert container_status(tried)["restartCount"] == 1
    crash = await cluster.wait("crash", lambda found: waiting(found) == "CrashLoopBackOff")
    status = container_status(crash)
    assert status["restartCount"] == 1
    assert status["lastState"]["terminated"]["exitCode"] == 7
    uid = crash["metadata"]["uid"]
    message = f"back-off 10s restarting failed container=main pod=crash_default({uid})"
    assert status["state"]["waiting"]["message"] == message
    assert phase(crash) == "Running"
    assert f"BackOff: Back-off restarting failed container main in pod crash_default({uid})" in (
        await cluster.events("crash")
    )
    assert cluster.log(crash, restarts=0) == cluster.log(crash, restarts=1) == "again\n"


async def test_init_containers_and_sidecars(cluster: Cluster) -> None:
    mounts = [{"name": "data", "mountPath": "/data"}]

    def container(name: str, script: str, **more: object) -> dict[str, object]:
        return {"name": name, "image": harness.BUSYBOX, "command": [*sh(script)], "volumeMounts": mounts, **more}

    await cluster.run({"metadata": {"name": "staged"}, "spec": {
        "restartPolicy": "Never", "volumes": [{"name": "data", "emptyDir": {}}],
        "initContainers": [
            container("first", "echo first >>/data/log"),
            container("side", "echo side >>/data/log; trap 'exit 0' TERM; while :; do sleep 0.05; done",
                      restartPolicy="Always"),
            container("second", "echo second >>/data/log"),
        ],
        "containers": [container("main", "echo main >>/data/log; cat /data/log")],
    }})
    found = await cluster.wait("staged", lambda found: phase(found) == "Succeeded")
    lines = cluster.log(found).split()
    assert lines[0] == "first"
    assert set(lines[1:3]) == {"side", "second"}  # A sidecar has started before its first line is written.
    assert lines[3] == "main"
    await cluster.wait("staged", lambda found: "terminated" in container_status(found, "side")["state"])
    await cluster.run({"metadata": {"name": "broken"}, "spec": {
        "restartPolicy": "Never", "volumes": [{"name": "data", "emptyDir": {}}],
        "initContainers": [container("first", "exit 1")], "containers": [container("main", "true")],
    }})
    broken = await cluster.wait("broken", lambda found: phase(found) == "Failed")
    assert container_status(broken)["state"]["waiting"]["reason"] == "PodInitializing"
    assert harness.condition(broken, "Initialized") == "False"


async def test_hooks(cluster: Cluster) -> None:
    mounts = [{"name": "data", "mountPath": "/data"}]
    share = cluster.machine.data_dir / "share"
    share.mkdir()
    await cluster.run(pod(
        "hooked", "sleep", "1000", volumes=[{"name": "data", "hostPath": {"path": str(share)}}],
        container={"volumeMounts": mounts, "lifecycle": {
            "postStart": {"exec": {"command": [*sh("echo started >/data/log")]}},
            "preStop": {"exec": {"command": [*sh("echo stopping >>/data/log")]}},
        }},
    ))
    await cluster.running("hooked")
    assert (share / "log").read_text() == "started\n"
    await cluster.delete("hooked", grace=2)
    await cluster.gone("hooked")
    assert (share / "log").read_text() == "started\nstopping\n"
    await cluster.run(pod("unhooked", "sleep", "1000", container={
        "lifecycle": {"postStart": {"exec": {"command": ["false"]}}},
    }))
    await cluster.wait("unhooked", lambda found: container_status(found)["restartCount"] >= 1)
    assert any(event.startswith("FailedPostStartHook") for event in await cluster.events("unhooked"))


async def test_active_deadline(cluster: Cluster) -> None:
    await cluster.run(pod("late", activeDeadlineSeconds=1))
    found = await cluster.wait("late", lambda found: phase(found) == "Failed")
    assert found["status"]["reason"] == "DeadlineExceeded"
    assert found["status"]["message"] == "Pod was active on the node longer than the specified deadline"


async def test_termination_messages(cluster: Cluster) -> None:
    await cluster.run(pod("told", *sh("echo -n why >/dev/termination-log; exit 1"), restartPolicy="Never"))
    await cluster.run(pod("logged", *sh("echo the reason; exit 1"), restartPolicy="Never",
                          container={"terminationMessagePolicy": "FallbackToLogsOnError"}))
    told = await cluster.wait("told", lambda found: phase(found) == "Failed")
    assert container_status(told)["state"]["terminated"]["message"] == "why"
    logged = await cluster.wait("logged", lambda found: phase(found) == "Failed")
    assert container_status(logged)["state"]["terminated"]["message"] == "the reason\n"


async def test_node_refuses_what_does_not_fit(cluster: Cluster) -> None:
    await cluster.run(pod("large", container={"resources": {"requests": {"cpu": "100"}}}))
    await cluster.run(pod("elsewhere", nodeSelector={"disk": "ssd"}))
    large = await cluster.wait("large", lambda found: phase(found) == "Failed")
    assert large["status"]["reason"] == "OutOfcpu"
    assert large["status"]["message"] == (
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 100000, used: 0, capacity: 4000"
    )
    elsewhere = await cluster.wait("elsewhere", lambda found: phase(found) == "Failed")
    assert elsewhere["status"]["reason"] == "NodeAffinity"


async def test_missing_program(cluster: Cluster) -> None:
    await cluster.run(pod("nothing", "/no/such/program", restartPolicy="Never"))
    found = await cluster.wait("nothing", lambda found: phase(found) == "Failed")
    terminated = container_status(found)["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (128, "StartError")
    assert "no such file or directory" in terminated["message"]


async def test_ephemeral_container(cluster: Cluster) -> None:
    await cluster.run(pod("debugged"))
    await cluster.running("debugged")
    added = {"name": "debug", "image": harness.BUSYBOX, "command": [*sh("ps; sleep 1000")],
             "targetContainerName": "main"}
    await cluster.admin.patch("Pod", "debugged", {"spec": {"ephemeralContainers": [added]}}, "default",
                              type="strategic", subresource="ephemeralcontainers")
    found = await cluster.wait("debugged", lambda found: found["status"].get("ephemeralContainerStatuses")
                               and "running" in container_status(found, "debug")["state"])

    async def sees() -> bool:
        return "sleep 1000" in cluster.log(found, "debug")

    await cluster.until(sees, "the target's processes are seen")
