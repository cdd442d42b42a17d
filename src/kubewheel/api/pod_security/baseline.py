"""The checks of level baseline: what prevents known ways from a pod into its node."""

from collections.abc import Callable, Collection, Iterator

from kubewheel.api.pod_security.findings import (
    Check,
    Finding,
    containers,
    named,
    offenders,
    quoted,
    setters,
    these,
    values,
)
from kubewheel.libs.wire import Object

APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
PROFILES = frozenset({"RuntimeDefault", "Localhost"})
CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})
SELINUX = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})
SELINUX_31 = SELINUX | {"container_engine_t"}
SYSCTLS = frozenset({
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
})
SYSCTLS_27 = SYSCTLS | {"net.ipv4.ip_local_reserved_ports"}
SYSCTLS_29 = SYSCTLS_27 | {
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
}
SYSCTLS_32 = SYSCTLS_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}
SYSCTLS_37 = SYSCTLS_32 | {"net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"}


def is_in_user_namespace(spec: Object) -> bool:
    """Tell whether the pod's users are not those of the node: root in it is nobody outside."""
    return spec.get("hostUsers") is False


def profile_type(context: Object, field: str) -> str | None:
    """Return the type of a profile, None without one."""
    profile = context.get(field)
    return None if profile is None else str(profile.get("type") or "")


def bad_profiles(field: str) -> Callable[[Object], list[str]]:
    """Return a reader of profile types that no level but privileged allows."""
    def read(context: Object) -> list[str]:
        found = profile_type(context, field)
        return [] if found is None or found in PROFILES else [found]

    return read


def app_armor(metadata: Object, spec: Object) -> Finding | None:
    """Refuse profiles that do not confine."""
    read = bad_profiles("appArmorProfile")
    who = setters(spec, lambda context: bool(read(context)))
    annotations = sorted(
        f'{name}="{value}"' for name, value in (metadata.get("annotations") or {}).items()
        if name.startswith(APPARMOR) and value not in ("", "runtime/default") and not value.startswith("localhost/")
    )
    bad = [*values(spec, read), *annotations]
    if not bad:
        return None
    setter = [who] if who else []
    if annotations:
        setter.append(named(len(annotations), "annotation", "annotations"))
    reason = named(len(bad), "forbidden AppArmor profile", "forbidden AppArmor profiles")
    return Finding(reason, f"{' and '.join(setter)} must not set AppArmor profile type to {quoted(bad)}")


def capabilities(_: Object, spec: Object) -> Finding | None:
    """Refuse capabilities beyond what container runtimes give anyway."""
    def read(context: Object) -> list[str]:
        return [each for each in (context.get("capabilities") or {}).get("add") or () if each not in CAPABILITIES]

    names = offenders(spec, lambda context: bool(read(context)))
    if not names:
        return None
    added = quoted(values(spec, read, with_pod=False))
    detail = f"{these(names)} must not include {added} in securityContext.capabilities.add"
    return Finding("non-default capabilities", detail)


def host_namespaces(_: Object, spec: Object) -> Finding | None:
    """Refuse the node's own namespaces."""
    found = [name for name in ("hostIPC", "hostNetwork", "hostPID") if spec.get(name)]
    return Finding("host namespaces", ", ".join(f"{name}=true" for name in found)) if found else None


def host_paths(_: Object, spec: Object) -> Finding | None:
    """Refuse the node's files."""
    found = [volume["name"] for volume in spec.get("volumes") or () if volume.get("hostPath") is not None]
    return Finding("hostPath volumes", these(found, "volume")) if found else None


def host_ports(_: Object, spec: Object) -> Finding | None:
    """Refuse the node's ports."""
    found = {
        each["name"]: [str(port["hostPort"]) for port in each.get("ports") or () if port.get("hostPort")]
        for each in containers(spec)
    }
    names = [name for name, ports in found.items() if ports]
    if not names:
        return None
    ports = sorted({port for each in found.values() for port in each})
    verb, noun = named(len(names), "uses", "use"), named(len(ports), "hostPort", "hostPorts")
    return Finding("hostPort", f"{these(names)} {verb} {noun} {', '.join(ports)}")


def _handler_hosts(container: Object) -> Iterator[str]:
    lifecycle = container.get("lifecycle") or {}
    handlers = [container.get(name) for name in ("livenessProbe", "readinessProbe", "startupProbe")]
    for handler in (*handlers, lifecycle.get("postStart"), lifecycle.get("preStop")):
        for way in ("httpGet", "tcpSocket"):
            host = ((handler or {}).get(way) or {}).get("host")
            if host:
                yield host


def handler_hosts(_: Object, spec: Object) -> Finding | None:
    """Refuse probes and hooks that make the node call somebody else."""
    found = {each["name"]: set(_handler_hosts(each)) for each in containers(spec)}
    names = sorted(name for name, hosts in found.items() if hosts)
    if not names:
        return None
    hosts = sorted(set().union(*found.values()))
    verb, noun = named(len(names), "uses", "use"), "probe or lifecycle host"
    detail = f"{these(names)} {verb} {named(len(hosts), noun, noun + 's')} {quoted(hosts)}"
    return Finding(noun, detail)


def privileged(_: Object, spec: Object) -> Finding | None:
    """Refuse privileged containers."""
    names = offenders(spec, lambda context: bool(context.get("privileged")))
    return Finding("privileged", f"{these(names)} must not set securityContext.privileged=true") if names else None


def proc_mount(_: Object, spec: Object) -> Finding | None:
    """Refuse an unmasked /proc."""
    def read(context: Object) -> list[str]:
        return [] if context.get("procMount") in (None, "Default") else [context["procMount"]]

    names = offenders(spec, lambda context: bool(read(context)))
    if not names:
        return None
    mounts = quoted(values(spec, read, with_pod=False))
    return Finding("procMount", f"{these(names)} must not set securityContext.procMount to {mounts}")


def proc_mount_35(metadata: Object, spec: Object) -> Finding | None:
    """Refuse an unmasked /proc where root in the pod is root outside."""
    return None if is_in_user_namespace(spec) else proc_mount(metadata, spec)


def se_linux(types: Collection[str]) -> Check:
    """Return the check that refuses SELinux users, roles, and all types but `types`."""
    def read(context: Object) -> list[str]:
        found = (context.get("seLinuxOptions") or {}).get("type") or ""
        return [] if found in types else [found]

    def has(field: str) -> Callable[[Object], list[str]]:
        return lambda context: ["set"] if (context.get("seLinuxOptions") or {}).get(field) else []

    def check(_: Object, spec: Object) -> Finding | None:
        readers = (read, has("user"), has("role"))
        who = setters(spec, lambda context: any(each(context) for each in readers))
        if not who:
            return None
        found = values(spec, read)
        data = [f"{named(len(found), 'type', 'types')} {quoted(found)}"] if found else []
        data += [f"{field} may not be set" for field in ("user", "role") if values(spec, has(field))]
        return Finding("seLinuxOptions", f"{who} set forbidden securityContext.seLinuxOptions: {'; '.join(data)}")

    return check


def seccomp_annotations(metadata: Object, spec: Object) -> Finding | None:
    """Refuse annotations that turn system call filters off."""
    annotations = metadata.get("annotations") or {}
    keys = [SECCOMP_POD, *(SECCOMP_CONTAINER + each["name"] for each in containers(spec))]
    bad = sorted({
        f'{key}="{annotations[key]}"' for key in keys if key in annotations
        and annotations[key] not in ("runtime/default", "docker/default")
        and not annotations[key].startswith("localhost/")
    })
    if not bad:
        return None
    return Finding("seccompProfile", f"forbidden {named(len(bad), 'annotation', 'annotations')} {', '.join(bad)}")


def seccomp(_: Object, spec: Object) -> Finding | None:
    """Refuse profiles that do not filter system calls."""
    read = bad_profiles("seccompProfile")
    who = setters(spec, lambda context: bool(read(context)))
    if not who:
        return None
    detail = f"{who} must not set securityContext.seccompProfile.type to {quoted(values(spec, read))}"
    return Finding("seccompProfile", detail)


def sysctls(allowed: Collection[str]) -> Check:
    """Return the check that refuses all kernel parameters but `allowed`."""
    def check(_: Object, spec: Object) -> Finding | None:
        found = (spec.get("securityContext") or {}).get("sysctls") or ()
        bad = [each["name"] for each in found if each["name"] not in allowed]
        return Finding("forbidden sysctls", ", ".join(bad)) if bad else None

    return check


def host_process(_: Object, spec: Object) -> Finding | None:
    """Refuse Windows processes of the node itself."""
    who = setters(spec, lambda context: bool((context.get("windowsOptions") or {}).get("hostProcess")))
    detail = f"{who} must not set securityContext.windowsOptions.hostProcess=true"
    return Finding("hostProcess", detail) if who else None
