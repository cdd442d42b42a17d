"""Between the agent's plain data and the fields of CRI messages: pure translations, no calls.

`io.kubernetes.*` label names are those that crictl and other tools expect.
"""

from collections.abc import Iterable
from typing import Any

from kubewheel.kubelet import runtime

NANOSECONDS = 1e9
POD_UID_LABEL = "io.kubernetes.pod.uid"
PROTOCOLS = {"TCP": 0, "UDP": 1, "SCTP": 2}
PROPAGATION = {"private": 0, "host-to-container": 1, "bidirectional": 2}
POD, CONTAINER, NODE, TARGET = range(4)  # NamespaceMode
RUNTIME_DEFAULT, UNCONFINED, LOCALHOST = range(3)  # SecurityProfile.ProfileType
CONTAINER_STATES = (
    runtime.ContainerState.CREATED, runtime.ContainerState.RUNNING, runtime.ContainerState.EXITED,
    runtime.ContainerState.UNKNOWN,
)


def _namespaces(namespaces: runtime.Namespaces) -> dict[str, Any]:
    processes = CONTAINER
    if namespaces.target_container_id:
        processes = TARGET
    elif namespaces.host_pid:
        processes = NODE
    elif namespaces.shared_processes:
        processes = POD
    return {
        "network": NODE if namespaces.host_network else POD,
        "pid": processes,
        "ipc": NODE if namespaces.host_ipc else POD,
        "target_id": namespaces.target_container_id,
    }


def _seccomp(profile: str) -> dict[str, Any]:
    if profile == "RuntimeDefault":
        return {"profile_type": RUNTIME_DEFAULT}
    if profile.startswith("/"):
        return {"profile_type": LOCALHOST, "localhost_ref": profile}
    return {"profile_type": UNCONFINED}


def _identity(security: runtime.Security) -> dict[str, Any]:
    fields: dict[str, Any] = {"supplemental_groups": list(security.supplemental_groups)}
    if security.user is not None:
        fields["run_as_user"] = {"value": security.user}
    if security.group is not None:
        fields["run_as_group"] = {"value": security.group}
    return fields


def resources(limits: runtime.Resources) -> dict[str, Any]:
    """Return the fields of LinuxContainerResources."""
    return {
        "cpu_period": limits.cpu_period, "cpu_quota": limits.cpu_quota, "cpu_shares": limits.cpu_shares,
        "memory_limit_in_bytes": limits.memory_limit_bytes, "oom_score_adj": limits.oom_score_adj,
        "cpuset_cpus": limits.cpuset_cpus,
    }


def sandbox_config(config: runtime.SandboxConfig) -> dict[str, Any]:
    """Return the fields of PodSandboxConfig."""
    fields: dict[str, Any] = {
        "metadata": {
            "name": config.name, "uid": config.uid, "namespace": config.namespace, "attempt": config.attempt,
        },
        "hostname": "" if config.namespaces.host_network else config.hostname,
        "log_directory": config.log_directory,
        "port_mappings": [
            {
                "protocol": PROTOCOLS[port.protocol], "container_port": port.container_port,
                "host_port": port.host_port, "host_ip": port.host_ip,
            }
            for port in config.ports
        ],
        "labels": dict(config.labels),
        "annotations": dict(config.annotations),
        "linux": {
            "cgroup_parent": config.cgroup_parent,
            "sysctls": dict(config.sysctls),
            "resources": resources(config.resources),
            "security_context": {
                "namespace_options": _namespaces(config.namespaces),
                "privileged": config.security.privileged,
                "seccomp": _seccomp(config.security.seccomp_profile or "RuntimeDefault"),
                **_identity(config.security),
            },
        },
    }
    if config.dns is not None:
        fields["dns_config"] = {
            "servers": config.dns.servers, "searches": config.dns.searches, "options": config.dns.options,
        }
    return fields


def _container_security(config: runtime.ContainerConfig) -> dict[str, Any]:
    security = config.security
    fields = {
        "capabilities": {
            "add_capabilities": security.add_capabilities, "drop_capabilities": security.drop_capabilities,
        },
        "privileged": security.privileged,
        "namespace_options": _namespaces(config.namespaces),
        "run_as_username": security.username,
        "readonly_rootfs": security.read_only_root,
        "no_new_privs": security.no_new_privileges,
        "seccomp": _seccomp(security.seccomp_profile),
        **_identity(security),
    }
    if security.masked_paths is not None:
        fields["masked_paths"] = security.masked_paths
    if security.readonly_paths is not None:
        fields["readonly_paths"] = security.readonly_paths
    return fields


def container_config(config: runtime.ContainerConfig) -> dict[str, Any]:
    """Return the fields of ContainerConfig."""
    return {
        "metadata": {"name": config.name, "attempt": config.attempt},
        "image": {"image": config.image},
        "command": config.command,
        "args": config.args,
        "working_dir": config.working_directory,
        "envs": [{"key": name, "value": value} for name, value in config.environment],
        "mounts": [
            {
                "container_path": mount.container_path, "host_path": mount.host_path, "readonly": mount.read_only,
                "propagation": PROPAGATION[mount.propagation],
            }
            for mount in config.mounts
        ],
        "devices": [
            {"container_path": device.container_path, "host_path": device.host_path, "permissions": device.permissions}
            for device in config.devices
        ],
        "labels": dict(config.labels),
        "annotations": dict(config.annotations),
        "log_path": config.log_path,
        "stdin": config.stdin,
        "stdin_once": config.stdin_once,
        "tty": config.tty,
        "linux": {"resources": resources(config.resources), "security_context": _container_security(config)},
    }


def sandbox(message: Any) -> runtime.Sandbox:
    """Return what PodSandbox or PodSandboxStatus says."""
    ips: list[str] = []
    if hasattr(message, "network"):
        ips = [message.network.ip, *(more.ip for more in message.network.additional_ips)]
    return runtime.Sandbox(
        id=message.id, name=message.metadata.name, namespace=message.metadata.namespace, uid=message.metadata.uid,
        attempt=message.metadata.attempt,
        state=runtime.SandboxState.READY if message.state == 0 else runtime.SandboxState.NOT_READY,
        created_at=message.created_at / NANOSECONDS, ips=tuple(ip for ip in ips if ip), labels=dict(message.labels),
        annotations=dict(message.annotations),
    )


def container(message: Any, sandbox_id: str = "") -> runtime.Container:
    """Return what Container or ContainerStatus says; the latter does not name its sandbox."""
    return runtime.Container(
        id=message.id, sandbox_id=sandbox_id or message.pod_sandbox_id, name=message.metadata.name,
        attempt=message.metadata.attempt, state=CONTAINER_STATES[message.state],
        created_at=message.created_at / NANOSECONDS, image=message.image.image,
        image_id=message.image_id or message.image_ref, labels=dict(message.labels),
        annotations=dict(message.annotations),
    )


def container_status(message: Any) -> runtime.ContainerStatus:
    """Return what ContainerStatus says.

    OOMKilled is also reported of containers that merely lost a child or a sibling; it holds for one that was killed.
    """
    found = container(message, sandbox_id=message.labels.get("io.kubernetes.sandbox.id", "-"))
    reason, exited = message.reason, found.state == runtime.ContainerState.EXITED
    if reason == "OOMKilled" and not (exited and message.exit_code == 137):
        reason = "" if not exited else ("Completed" if message.exit_code == 0 else "Error")
    return runtime.ContainerStatus(
        container=found, started_at=message.started_at / NANOSECONDS, finished_at=message.finished_at / NANOSECONDS,
        exit_code=message.exit_code, reason=reason, message=message.message, log_path=message.log_path,
        image_ref=message.image_ref,
    )


def image(message: Any) -> runtime.Image:
    """Return what Image says."""
    return runtime.Image(
        id=message.id, tags=tuple(message.repo_tags), digests=tuple(message.repo_digests), size_bytes=message.size,
        user=message.uid.value if message.HasField("uid") else None, username=message.username, pinned=message.pinned,
    )


def credentials(given: runtime.Credentials) -> dict[str, Any]:
    """Return the fields of AuthConfig."""
    return {
        "username": given.username, "password": given.password, "auth": given.auth, "server_address": given.server,
        "identity_token": given.identity_token, "registry_token": given.registry_token,
    }


def pod_filter(pod_uid: str) -> dict[str, Any]:
    """Return a filter that keeps one pod, or everything."""
    return {"label_selector": {POD_UID_LABEL: pod_uid}} if pod_uid else {}


def container_stats(messages: Iterable[Any]) -> list[runtime.ContainerStats]:
    """Return what ContainerStats messages say."""
    result = []
    for message in messages:
        attributes = message.attributes
        found = runtime.Container(
            id=attributes.id, sandbox_id="", name=attributes.metadata.name, attempt=attributes.metadata.attempt,
            state=runtime.ContainerState.RUNNING, created_at=0.0, labels=dict(attributes.labels),
            annotations=dict(attributes.annotations),
        )
        result.append(runtime.ContainerStats(
            container=found, timestamp=message.cpu.timestamp / NANOSECONDS,
            cpu_nanoseconds=message.cpu.usage_core_nano_seconds.value,
            cpu_nanocores=message.cpu.usage_nano_cores.value,
            memory_working_set_bytes=message.memory.working_set_bytes.value,
            memory_usage_bytes=message.memory.usage_bytes.value, memory_rss_bytes=message.memory.rss_bytes.value,
            page_faults=message.memory.page_faults.value, major_page_faults=message.memory.major_page_faults.value,
            filesystem_used_bytes=message.writable_layer.used_bytes.value,
            filesystem_used_inodes=message.writable_layer.inodes_used.value,
        ))
    return result
