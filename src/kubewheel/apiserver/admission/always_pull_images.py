"""AlwaysPullImages: whoever runs an image has to be able to pull it; that it lies on the node already is not enough."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kubewheel.api.errors import FieldError
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Plugin, Stage
from kubewheel.libs.wire import Object

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

ALWAYS = "Always"
FIELDS = ("initContainers", "containers", "ephemeralContainers")


async def force(matter: Matter, _: "Backend") -> None:
    """Have images pulled at each start."""
    if _is_ignored(matter) or matter.content is None:
        return
    spec = matter.content.get("spec") or {}
    for _path, container in _containers(spec):
        container["imagePullPolicy"] = ALWAYS
    for volume in spec.get("volumes") or ():
        if volume.get("image") is not None:
            volume["image"] = {**volume["image"], "pullPolicy": ALWAYS}


async def check(matter: Matter, _: "Backend") -> None:
    """Refuse what somebody changed back."""
    if _is_ignored(matter) or matter.content is None:
        return
    for path, container in _containers(matter.content.get("spec") or {}):
        policy = container.get("imagePullPolicy")
        if policy != ALWAYS:
            detail = f'supported values: "{ALWAYS}"'
            raise matter.forbidden(str(FieldError(f"{path}.imagePullPolicy", "Unsupported value", policy, detail)))


def _containers(spec: Object) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in FIELDS:
        for index, container in enumerate(spec.get(field) or ()):
            yield f"spec.{field}[{index}]", container


def _is_ignored(matter: Matter) -> bool:
    """Tell whether no new image comes with this matter."""
    if matter.subresource or matter.content is None:
        return True
    if matter.old is None:
        return False
    known = {each.get("image") for _, each in _containers(matter.old.get("spec") or {})}
    return all(each.get("image") in known for _, each in _containers(matter.content.get("spec") or {}))


PLUGINS = (
    Plugin("AlwaysPullImages", Stage.MUTATE, 52, WRITES, force, frozenset({"pods"}), enabled=False),
    Plugin("AlwaysPullImages", Stage.VALIDATE, 52, WRITES, check, frozenset({"pods"}), enabled=False),
)
