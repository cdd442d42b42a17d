"""The checks that level restricted adds: what hardening asks for."""

from kubewheel.api.pod_security import baseline
from kubewheel.api.pod_security.findings import (
    Check,
    Finding,
    containers,
    context,
    named,
    offenders,
    quoted,
    setters,
    these,
    values,
)
from kubewheel.libs.wire import Object

VOLUMES = frozenset({
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
})
ADDABLE = "NET_BIND_SERVICE"


def unless_windows(check: Check) -> Check:
    """Return `check` for pods that are not for Windows, where its fields mean nothing."""
    def checked(metadata: Object, spec: Object) -> Finding | None:
        return None if (spec.get("os") or {}).get("name") == "windows" else check(metadata, spec)

    return checked


def unless_user_namespace(check: Check) -> Check:
    """Return `check` for pods in which root is root outside too."""
    def checked(metadata: Object, spec: Object) -> Finding | None:
        return None if baseline.is_in_user_namespace(spec) else check(metadata, spec)

    return checked


def privilege_escalation(_: Object, spec: Object) -> Finding | None:
    """Ask for processes that cannot gain privileges."""
    names = offenders(spec, lambda context: context.get("allowPrivilegeEscalation") is not False)
    if not names:
        return None
    detail = f"{these(names)} must set securityContext.allowPrivilegeEscalation=false"
    return Finding("allowPrivilegeEscalation != false", detail)


def capabilities(_: Object, spec: Object) -> Finding | None:
    """Ask for containers that drop all capabilities."""
    def added(context: Object) -> list[str]:
        return [each for each in (context.get("capabilities") or {}).get("add") or () if each != ADDABLE]

    def keeps(context: Object) -> bool:
        return "ALL" not in ((context.get("capabilities") or {}).get("drop") or ())

    details = []
    if keeping := offenders(spec, keeps):
        details.append(f'{these(keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if adding := offenders(spec, lambda context: bool(added(context))):
        named_ones = quoted(values(spec, added, with_pod=False))
        details.append(f"{these(adding)} must not include {named_ones} in securityContext.capabilities.add")
    return Finding("unrestricted capabilities", "; ".join(details)) if details else None


def volumes(_: Object, spec: Object) -> Finding | None:
    """Refuse volumes that come straight from somewhere outside."""
    bad: dict[str, str] = {}
    for volume in spec.get("volumes") or ():
        sources = [name for name, value in volume.items() if name != "name" and value is not None]
        if not VOLUMES.intersection(sources):
            bad[volume["name"]] = sources[0] if sources else "unknown"
    if not bad:
        return None
    types = sorted(set(bad.values()))
    noun = "restricted volume type"
    verb = named(len(bad), "uses", "use")
    detail = f"{these(list(bad), 'volume')} {verb} {named(len(types), noun, noun + 's')} {quoted(types)}"
    return Finding("restricted volume types", detail)


def non_root(_: Object, spec: Object) -> Finding | None:
    """Ask for users other than root."""
    reason = "runAsNonRoot != true"
    who = setters(spec, lambda context: context.get("runAsNonRoot") is False)
    if who:
        return Finding(reason, f"{who} must not set securityContext.runAsNonRoot=false")
    if context(spec).get("runAsNonRoot"):
        return None
    names = [each["name"] for each in containers(spec) if context(each).get("runAsNonRoot") is None]
    return Finding(reason, f"pod or {these(names)} must set securityContext.runAsNonRoot=true") if names else None


def user(_: Object, spec: Object) -> Finding | None:
    """Refuse root by its number."""
    who = setters(spec, lambda context: context.get("runAsUser") == 0)
    return Finding("runAsUser=0", f"{who} must not set runAsUser=0") if who else None


def seccomp(metadata: Object, spec: Object) -> Finding | None:
    """Ask for a filter of system calls."""
    if found := baseline.seccomp(metadata, spec):
        return found
    if baseline.profile_type(context(spec), "seccompProfile") is not None:
        return None
    names = [each["name"] for each in containers(spec) if context(each).get("seccompProfile") is None]
    if not names:
        return None
    wanted = 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return Finding("seccompProfile", f"pod or {these(names)} must set {wanted}")
