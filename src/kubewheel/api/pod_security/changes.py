"""Which updates of a pod can make it violate a standard, and which pods of a namespace violate a new one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kubewheel.api import ownership
from kubewheel.api.pod_security import standards
from kubewheel.api.pod_security.policy import Standard
from kubewheel.libs.wire import Object


def is_significant(new: Object, old: Object) -> bool:
    """Tell whether an update changes what standards are about: of that, only images and containers can change."""
    def differs(container: Object, other: Object) -> bool:
        return bool(container.get("image") != other.get("image"))

    for name in ("containers", "initContainers"):
        now, then = new["spec"].get(name) or [], old["spec"].get(name) or []
        if len(now) != len(then) or any(differs(*pair) for pair in zip(now, then, strict=True)):
            return True
    known = {each["name"]: each for each in old["spec"].get("ephemeralContainers") or ()}
    added = new["spec"].get("ephemeralContainers") or ()
    return any(each["name"] not in known or differs(each, known[each["name"]]) for each in added)


def prioritized(pods: Iterable[Object], is_exempt: Callable[[Object], bool]) -> list[Object]:
    """Return the pods to check, further ones of an owner last: they hardly differ from its first."""
    first: list[Object] = []
    further: list[Object] = []
    owners: set[str] = set()
    for pod in pods:
        if is_exempt(pod["spec"]):
            continue
        owner = ownership.controller_of(pod)
        if owner is not None and owner["uid"] in owners:
            further.append(pod)
            continue
        if owner is not None:
            owners.add(owner["uid"])
        first.append(pod)
    return first + further


@dataclass(slots=True)
class Survey:
    """Counts the existing pods of a namespace that violate the standard it shall have."""

    namespace: str
    standard: Standard
    total: int
    checked: int = 0
    _found: dict[str, list[str]] = field(default_factory=dict)

    def check(self, pod: Object) -> None:
        """Look at one pod."""
        self.checked += 1
        findings = standards.evaluate(self.standard, pod["metadata"], pod["spec"])
        if findings:
            self._found.setdefault(standards.reasons(findings), []).append(pod["metadata"]["name"])

    def warnings(self) -> Sequence[str]:
        """Return what the user should know."""
        lines = []
        if self.checked < self.total:
            lines.append(
                f"new PodSecurity enforce level only checked against the first {self.checked} of {self.total} "
                "existing pods"
            )
        if self._found:
            lines.append(
                f'existing pods in namespace "{self.namespace}" violate the new PodSecurity enforce level '
                f'"{self.standard}"'
            )
        return [*lines, *sorted(f"{_who(names)}: {reasons}" for reasons, names in self._found.items())]


def _who(names: Sequence[str]) -> str:
    others = len(names) - 1
    if not others:
        return names[0]
    return f"{min(names)} (and {others} other {'pod' if others == 1 else 'pods'})"
