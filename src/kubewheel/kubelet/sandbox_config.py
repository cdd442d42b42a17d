"""A pod's sandbox as the runtime is told of it. Pure."""

from pathlib import Path

from kubewheel.kubelet import container_files, labels, network_files, pods, resources, security
from kubewheel.kubelet.network_files import ClusterDns
from kubewheel.kubelet.runtime import Dns, PortMapping, SandboxConfig
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.libs.wire import Object


def _ports(pod: Object) -> tuple[PortMapping, ...]:
    """Return the ports of the node that lead into the pod; none on the node's own network."""
    if pods.uses_host_network(pod):
        return ()
    return tuple(
        PortMapping(port["containerPort"], port["hostPort"], port.get("protocol") or "TCP", port.get("hostIP") or "")
        for container in [*pods.containers(pod), *pods.sidecars(pod)]
        for port in container.get("ports") or () if port.get("hostPort")
    )


def profiles_dir(settings: KubeletSettings) -> Path:
    """Return the directory of the node's own seccomp profiles."""
    return settings.data_dir / "seccomp"


def build(pod: Object, attempt: int, settings: KubeletSettings, node_dns: Dns) -> SandboxConfig:
    """Return the sandbox's configuration; raise network_files.TooLong."""
    cluster = ClusterDns(settings.cluster_dns, settings.cluster_domain)
    return SandboxConfig(
        pod=pod, name=pods.name(pod), namespace=pods.namespace(pod), uid=pods.uid(pod), attempt=attempt,
        hostname=network_files.kernel_hostname(pod, settings.cluster_domain),
        log_directory=str(container_files.log_directory(settings.logs_dir, pod)),
        dns=network_files.dns(pod, node_dns, cluster), ports=_ports(pod), labels=labels.of_sandbox(pod),
        annotations=dict(pod["metadata"].get("annotations") or {}),
        cgroup_parent=resources.cgroup_of(settings.cgroup_root, pod) if settings.cgroup_root else "",
        sysctls={each["name"]: each["value"] for each in pods.security_context(pod).get("sysctls") or ()},
        namespaces=security.namespaces(pod), security=security.of_sandbox(pod, profiles_dir(settings)),
    )
