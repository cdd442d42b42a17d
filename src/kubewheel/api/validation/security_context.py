"""Security contexts of pods and containers on Linux."""

import re

from kubewheel.api import names
from kubewheel.api.validation import paths, windows
from kubewheel.api.validation.faults import (
    Faults,
    duplicate,
    each,
    forbidden,
    invalid,
    option,
    required,
    too_long,
    unsupported,
)
from kubewheel.libs.wire import Object

PROFILE_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")
FS_GROUP_POLICIES = ("Always", "OnRootMismatch")
SUPPLEMENTAL_POLICIES = ("Merge", "Strict")
SELINUX_POLICIES = ("MountOption", "Recursive")
PROC_MOUNTS = ("Default", "Unmasked")
APPARMOR_NAME_BYTES = 4095
SYSCTL_BYTES = 253

_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SYSCTL = rf"^({_SEGMENT}[\./])*{_SEGMENT}$"
_matches_sysctl = re.compile(_SYSCTL).fullmatch
_IPC_PREFIXES = ("kernel.shm", "kernel.msg", "fs.mqueue.")


def validate_seccomp(profile: Object | None, path: str) -> Faults:
    """Check a seccomp profile."""
    if profile is None:
        return []
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    faults: Faults = []
    if not kind:
        faults.append(required(f"{path}.type", "type is required when seccompProfile is set"))
    elif kind not in PROFILE_TYPES:
        faults.append(unsupported(f"{path}.type", kind, PROFILE_TYPES))
    place = f"{path}.localhostProfile"
    if kind != "Localhost":
        if local is not None:
            faults.append(invalid(place, dict(profile), "can only be set when seccomp type is Localhost"))
    elif local is None:
        faults.append(required(place, "must be set when seccomp type is Localhost"))
    else:
        faults += paths.validate_descending(local, place)
    return faults


def _validate_apparmor_name(local: str | None, path: str) -> Faults:
    if not local or not local.strip():
        if local:
            return [invalid(path, local, "must not be padded with whitespace")]
        return [required(path, "must be set when AppArmor type is Localhost")]
    faults = [invalid(path, local, "must not be padded with whitespace")] if local != local.strip() else []
    return faults + ([too_long(path, APPARMOR_NAME_BYTES)] if len(local.encode()) > APPARMOR_NAME_BYTES else [])


def validate_apparmor(profile: Object | None, path: str) -> Faults:
    """Check an AppArmor profile."""
    if profile is None:
        return []
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    place = f"{path}.localhostProfile"
    if kind == "Localhost":
        return _validate_apparmor_name(local, place)
    if not kind:
        return [required(f"{path}.type", "type is required when appArmorProfile is set")]
    if kind not in PROFILE_TYPES:
        return [unsupported(f"{path}.type", kind, PROFILE_TYPES)]
    if local is not None:
        return [invalid(place, local, "can only be set when AppArmor type is Localhost")]
    return []


def _validate_ids(context: Object, path: str, *fields: str) -> Faults:
    faults: Faults = []
    for name in fields:
        if (value := context.get(name)) is not None:
            faults += each(f"{path}.{name}", value, names.user_id(value))
    return faults


def _sysctl_fault(name: str, spec: Object) -> str:
    """Return why a pod in the host's namespaces may not set a sysctl of them."""
    dotted = name.replace("/", ".")
    if spec.get("hostNetwork") and dotted.startswith("net."):
        return "may not be specified when 'hostNetwork' is true"
    if spec.get("hostIPC") and (dotted.startswith(_IPC_PREFIXES) or dotted == "kernel.sem"):
        return "may not be specified when 'hostIPC' is true"
    return ""


def _validate_sysctls(context: Object, spec: Object, path: str) -> Faults:
    faults: Faults = []
    seen: set[str] = set()
    for index, sysctl in enumerate(context.get("sysctls") or []):
        place = f"{path}[{index}].name"
        name = sysctl.get("name") or ""
        if not name:
            faults.append(required(place))
        elif len(name) > SYSCTL_BYTES or not _matches_sysctl(name):
            faults.append(
                invalid(place, name, f"must have at most {SYSCTL_BYTES} characters and match regex {_SYSCTL}")
            )
        elif name in seen:
            faults.append(duplicate(place, name))
        if detail := _sysctl_fault(name, spec):
            faults.append(invalid(place, name, detail))
        seen.add(name)
    return faults


def validate_pod_security_context(spec: Object, path: str) -> Faults:
    """Check the security context of a pod against the rest of its spec."""
    context = spec.get("securityContext")
    faults: Faults = []
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        faults.append(invalid(f"{path}.shareProcessNamespace", True, detail))
    if context is None:
        return faults
    faults += _validate_ids(context, path, "fsGroup", "runAsUser", "runAsGroup")
    for index, group in enumerate(context.get("supplementalGroups") or []):
        faults += each(f"{path}.supplementalGroups[{index}]", group, names.user_id(group))
    faults += _validate_sysctls(context, spec, f"{path}.sysctls")
    faults += option(f"{path}.fsGroupChangePolicy", context.get("fsGroupChangePolicy"), FS_GROUP_POLICIES)
    faults += validate_seccomp(context.get("seccompProfile"), f"{path}.seccompProfile")
    faults += windows.validate_options(context.get("windowsOptions"), f"{path}.windowsOptions")
    faults += validate_apparmor(context.get("appArmorProfile"), f"{path}.appArmorProfile")
    policy = context.get("supplementalGroupsPolicy")
    faults += option(f"{path}.supplementalGroupsPolicy", policy, SUPPLEMENTAL_POLICIES)
    return faults + option(f"{path}.seLinuxChangePolicy", context.get("seLinuxChangePolicy"), SELINUX_POLICIES)


def _validate_escalation(context: Object, path: str) -> Faults:
    if context.get("allowPrivilegeEscalation") is not False:
        return []
    faults: Faults = []
    if context.get("privileged"):
        detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        faults.append(invalid(path, dict(context), detail))
    if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or []):
        detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
        faults.append(invalid(path, dict(context), detail))
    return faults


def validate_security_context(context: Object | None, path: str, *, host_users: bool) -> Faults:
    """Check the security context of a container; `host_users` tells whether its users are those of the host."""
    if context is None:
        return []
    faults = _validate_ids(context, path, "runAsUser", "runAsGroup")
    mount = context.get("procMount")
    faults += option(f"{path}.procMount", mount, PROC_MOUNTS)
    if host_users and mount == "Unmasked":
        faults.append(invalid(f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`"))
    faults += validate_seccomp(context.get("seccompProfile"), f"{path}.seccompProfile")
    faults += _validate_escalation(context, path)
    faults += windows.validate_options(context.get("windowsOptions"), f"{path}.windowsOptions")
    return faults + validate_apparmor(context.get("appArmorProfile"), f"{path}.appArmorProfile")


def validate_host_users(spec: Object, path: str) -> Faults:
    """Check that a pod with users of its own shares no other namespace with the host."""
    if spec.get("hostUsers") is not False:
        return []
    shared = (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC"))
    return [
        forbidden(f"{path}.{shown}", "when `pod.Spec.HostUsers` is false")
        for name, shown in shared if spec.get(name)
    ]
