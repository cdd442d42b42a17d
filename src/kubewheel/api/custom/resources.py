"""The resources that a CustomResourceDefinition adds to the API: one for each version that is served."""

from collections.abc import Sequence

from kubewheel.api.custom import kind as kinds
from kubewheel.api.resources import Resource, Subresource
from kubewheel.libs.wire import Object

VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
SCALE = Subresource("scale", "Scale", "autoscaling", "v1")


def storage_version(definition: Object) -> str:
    """Return the version in which objects are stored."""
    return str(next(each["name"] for each in definition["spec"]["versions"] if each.get("storage")))


def of(definition: Object, *, since: int) -> Sequence[Resource]:
    """Return the resources of a definition whose names are accepted."""
    spec = definition["spec"]
    return [_resource(definition, each, since) for each in spec["versions"] if each.get("served")]


def _resource(definition: Object, version: Object, since: int) -> Resource:
    spec = definition["spec"]
    names = (definition.get("status") or {}).get("acceptedNames") or spec["names"]
    behaviour = kinds.build(definition, version, since=since)
    subresources = []
    if behaviour.has_status:
        subresources.append(Subresource("status", names["kind"], spec["group"], version["name"]))
    if behaviour.scale is not None:
        subresources.append(SCALE)
    return Resource(
        spec["group"], version["name"], names["plural"], names.get("singular") or names["kind"].lower(),
        names["kind"], spec["scope"] == "Namespaced", tuple(names.get("shortNames") or ()),
        tuple(names.get("categories") or ()), VERBS, tuple(subresources), storage_version(definition),
        list_kind=names.get("listKind") or f"{names['kind']}List", custom=behaviour,
    )
