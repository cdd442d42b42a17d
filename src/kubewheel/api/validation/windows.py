"""Windows: what its security contexts may say, and what pods that name their operating system may not."""

import re
from collections.abc import Iterator
from typing import Any

from kubewheel.api import names
from kubewheel.api.validation.faults import Faults, each, forbidden, invalid, required, unsupported
from kubewheel.libs.wire import Object

CREDENTIAL_BYTES = 64 * 1024
DOMAIN_LENGTH, USER_LENGTH = 256, 104
SYSTEMS = ("linux", "windows")
NOT_ON_WINDOWS = "cannot be set for a windows pod"

_has_control = re.compile(r"[\x00-\x1f\x7f]").search
_matches_netbios = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}').fullmatch
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_matches_dns = re.compile(rf"{_LABEL}(?:\.{_LABEL})*").fullmatch
_has_wrong_letter = re.compile(r'["/\\:;|=,+*?<>@\[\]]').search
_is_only_dots = re.compile(r"[. ]+").fullmatch

_POD_FIELDS = ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace")
_POD_CONTEXT = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser",
    "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy",
)
_CONTAINER_CONTEXT = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
    "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
)
CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


def all_containers(spec: Object, path: str) -> Iterator[tuple[Object, str]]:
    """Yield every container of a pod, of all sorts, with its path."""
    for kind in CONTAINER_LISTS:
        for index, container in enumerate(spec.get(kind) or []):
            yield container, f"{path}.{kind}[{index}]"


def _domain_faults(domain: str) -> list[str]:
    found = []
    if len(domain) >= DOMAIN_LENGTH:
        found.append(f"runAsUserName's Domain length must be under {DOMAIN_LENGTH} characters")
    if not (_matches_netbios(domain) or _matches_dns(domain)):
        found.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    return found


def _user_faults(user: str) -> list[str]:
    found = []
    if not user:
        found.append("runAsUserName's User cannot be empty")
    elif len(user) > USER_LENGTH:
        found.append(f"runAsUserName's User length must not be longer than {USER_LENGTH} characters")
    if _is_only_dots(user):
        found.append("runAsUserName's User cannot contain only periods or spaces")
    if _has_wrong_letter(user):
        found.append('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]')
    return found


def _name_faults(name: str) -> list[str]:
    if not name:
        return ["runAsUserName cannot be an empty string"]
    if _has_control(name):
        return ["runAsUserName cannot contain control characters"]
    parts = name.split("\\")
    if len(parts) > 2:
        return ["runAsUserName cannot contain more than one backslash"]
    return (_domain_faults(parts[0]) if len(parts) == 2 else []) + _user_faults(parts[-1])


def validate_options(options: Object | None, path: str) -> Faults:
    """Check the Windows part of a security context."""
    if options is None:
        return []
    faults: Faults = []
    if (name := options.get("gmsaCredentialSpecName")) is not None:
        faults += each(f"{path}.gmsaCredentialSpecName", name, names.dns_subdomain(name))
    if (text := options.get("gmsaCredentialSpec")) is not None:
        place = f"{path}.gmsaCredentialSpec"
        if not text:
            faults.append(invalid(place, text, "gmsaCredentialSpec cannot be an empty string"))
        elif len(text.encode()) > CREDENTIAL_BYTES:
            limit = CREDENTIAL_BYTES // 1024
            faults.append(invalid(place, text, f"gmsaCredentialSpec size must be under {limit} KiB"))
    if (name := options.get("runAsUserName")) is not None:
        faults += each(f"{path}.runAsUserName", name, _name_faults(name))
    return faults


def _options(part: Object) -> Any:
    return (part.get("securityContext") or {}).get("windowsOptions") or {}


def validate_host_process(spec: Object, path: str) -> Faults:
    """Check that all containers of a pod run as processes of the host, or none."""
    own = _options(spec).get("hostProcess")
    faults: Faults = []
    total = count = 0
    for container, here in all_containers(spec, path):
        total += 1
        wanted = _options(container).get("hostProcess")
        if own is not None and wanted is not None and own != wanted:
            shown = "true" if own else "false"
            detail = f"pod hostProcess value must be identical if both are specified, was {shown}"
            faults.append(invalid(f"{here}.securityContext.windowsOptions.hostProcess", wanted, detail))
        count += bool(own if wanted is None else wanted)
    if count and count != total:
        detail = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
        faults.append(invalid(path, "", detail))
    if count and not spec.get("hostNetwork"):
        detail = "hostNetwork must be true if pod contains any hostProcess containers"
        faults.append(invalid(f"{path}.hostNetwork", False, detail))
    return faults


def _linux_faults(spec: Object, path: str) -> Faults:
    places = [(spec, path), *all_containers(spec, path)]
    return [
        forbidden(f"{here}.securityContext.windowsOptions", "windows options cannot be set for a linux pod")
        for part, here in places if (part.get("securityContext") or {}).get("windowsOptions") is not None
    ]


def _windows_faults(spec: Object, path: str) -> Faults:
    # A false hostPID or hostIPC says what is so anyway; the other fields may not even be mentioned.
    faults = [
        forbidden(f"{path}.{name}", NOT_ON_WINDOWS) for name in _POD_FIELDS
        if (spec.get(name) if name in ("hostPID", "hostIPC") else spec.get(name) is not None)
    ]
    context = spec.get("securityContext") or {}
    faults += [
        forbidden(f"{path}.securityContext.{name}", NOT_ON_WINDOWS) for name in _POD_CONTEXT
        if (context.get(name) if name == "sysctls" else context.get(name) is not None)
    ]
    for container, here in all_containers(spec, path):
        context = container.get("securityContext") or {}
        faults += [
            forbidden(f"{here}.securityContext.{name}", NOT_ON_WINDOWS) for name in _CONTAINER_CONTEXT
            if context.get(name) is not None
        ]
    return faults


def validate_os(spec: Object, path: str) -> Faults:
    """Check the operating system that a pod names, and what that one cannot do."""
    os = spec.get("os")
    if os is None:
        return []
    name = os.get("name") or ""
    if not name:
        return [required(f"{path}.os.name", "cannot be empty")]
    if name not in SYSTEMS:
        return [unsupported(f"{path}.os", name, SYSTEMS)]
    return _linux_faults(spec, path) if name == "linux" else _windows_faults(spec, path)
