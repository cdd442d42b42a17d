"""Translations to and from CRI messages, through the real message classes."""

import pytest

from kubewheel.kubelet import cri_messages, runtime
from kubewheel.libs.cri.client import message_class

POD = {"metadata": {"name": "web"}}


def test_sandbox_config() -> None:
    config = runtime.SandboxConfig(
        pod=POD, name="web", namespace="shop", uid="u", attempt=2, hostname="web", log_directory="/logs",
        dns=runtime.Dns(("10.0.0.10",), ("a", "b"), ("ndots:5",)),
        ports=(runtime.PortMapping(80, 8080, "UDP", "1.2.3.4"),), labels={"a": "b"}, cgroup_parent="/kw/pod",
        sysctls={"net.x": "1"}, namespaces=runtime.Namespaces(host_pid=True),
        security=runtime.Security(user=0, supplemental_groups=(5,)),
    )
    message = message_class("runtime.v1.PodSandboxConfig")(**cri_messages.sandbox_config(config))
    assert (message.metadata.name, message.metadata.attempt, message.hostname) == ("web", 2, "web")
    assert list(message.dns_config.servers) == ["10.0.0.10"]
    assert (message.port_mappings[0].protocol, message.port_mappings[0].host_port) == (1, 8080)
    security = message.linux.security_context
    assert security.HasField("run_as_user")
    assert (security.namespace_options.pid, security.namespace_options.network) == (2, 0)
    assert message.linux.cgroup_parent == "/kw/pod"


def test_host_network_sandbox_has_no_hostname() -> None:
    config = runtime.SandboxConfig(pod=POD, name="a", namespace="b", uid="u", hostname="a",
                                   namespaces=runtime.Namespaces(host_network=True))
    assert cri_messages.sandbox_config(config)["hostname"] == ""
    assert "dns_config" not in cri_messages.sandbox_config(config)


@pytest.mark.parametrize(("namespaces", "mode", "target"), [
    (runtime.Namespaces(), 1, ""), (runtime.Namespaces(shared_processes=True), 0, ""),
    (runtime.Namespaces(host_pid=True), 2, ""), (runtime.Namespaces(target_container_id="x"), 3, "x"),
])
def test_container_config(namespaces: runtime.Namespaces, mode: int, target: str) -> None:
    config = runtime.ContainerConfig(
        name="main", image="sha256:1", attempt=1, command=("sh",), args=("-c", "x"), environment=(("A", "1"),),
        mounts=(runtime.Mount("/in", "/out", True, "bidirectional"),), devices=(runtime.Device("/dev/a", "/dev/b"),),
        namespaces=namespaces, security=runtime.Security(seccomp_profile="/p.json", masked_paths=("/proc/x",)),
        resources=runtime.Resources(cpu_quota=5, memory_limit_bytes=7, oom_score_adj=9), tty=True,
    )
    message = message_class("runtime.v1.ContainerConfig")(**cri_messages.container_config(config))
    assert (message.metadata.attempt, list(message.args), message.envs[0].value) == (1, ["-c", "x"], "1")
    assert (message.mounts[0].readonly, message.mounts[0].propagation) == (True, 2)
    security = message.linux.security_context
    assert (security.namespace_options.pid, security.namespace_options.target_id) == (mode, target)
    assert (security.seccomp.profile_type, security.seccomp.localhost_ref) == (2, "/p.json")
    assert list(security.masked_paths) == ["/proc/x"]
    assert message.linux.resources.memory_limit_in_bytes == 7


@pytest.mark.parametrize(("state", "code", "reason", "expected"), [
    (2, 137, "OOMKilled", "OOMKilled"), (2, 0, "OOMKilled", "Completed"), (2, 1, "OOMKilled", "Error"),
    (1, 0, "OOMKilled", ""), (2, 1, "Error", "Error"),
])
def test_oom_is_believed_only_of_the_killed(state: int, code: int, reason: str, expected: str) -> None:
    message = message_class("runtime.v1.ContainerStatus")(id="c", state=state, exit_code=code, reason=reason)
    assert cri_messages.container_status(message).reason == expected


def test_sandbox_and_image() -> None:
    status = message_class("runtime.v1.PodSandboxStatus")(
        id="s", metadata={"name": "web", "uid": "u"}, state=1, created_at=2_500_000_000,
        network={"ip": "10.0.0.2", "additional_ips": [{"ip": "fd::2"}]},
    )
    found = cri_messages.sandbox(status)
    assert (found.state, found.created_at, found.ips) == (runtime.SandboxState.NOT_READY, 2.5, ("10.0.0.2", "fd::2"))
    listed = cri_messages.sandbox(message_class("runtime.v1.PodSandbox")(id="s"))
    assert (listed.state, listed.ips) == (runtime.SandboxState.READY, ())
    image = message_class("runtime.v1.Image")
    assert cri_messages.image(image(id="i", uid={"value": 0})).user == 0
    assert cri_messages.image(image(id="i", username="nobody")).user is None


def test_stats() -> None:
    message = message_class("runtime.v1.ContainerStats")(
        attributes={"id": "c", "metadata": {"name": "main"}}, cpu={"timestamp": 10**9,
                                                                   "usage_core_nano_seconds": {"value": 5}},
        memory={"working_set_bytes": {"value": 7}},
    )
    found = cri_messages.container_stats([message])[0]
    assert (found.timestamp, found.cpu_nanoseconds, found.memory_working_set_bytes) == (1.0, 5, 7)


def test_filter() -> None:
    assert cri_messages.pod_filter("") == {}
    assert cri_messages.pod_filter("u") == {"label_selector": {"io.kubernetes.pod.uid": "u"}}
