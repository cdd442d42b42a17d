"""The behaviour of a custom kind in one of its versions, made from the version's schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubewheel.api import fields
from kubewheel.api.custom import columns, json_path, lists, rules, structure, values
from kubewheel.api.custom.rules import Rules
from kubewheel.api.errors import FieldError
from kubewheel.api.kinds import Kind
from kubewheel.api.resources import Resource
from kubewheel.libs.wire import Object

# Faults after which rules would trip over what is already known to be wrong.
BLOCKING = frozenset({"Unsupported value", "Required value", "Too long", "Too many", "Type invalid"})
UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where objects keep what their Scale shows; paths in dot notation."""

    spec_replicas: str
    status_replicas: str
    label_selector: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CustomKind(Kind):
    """A kind that a CustomResourceDefinition brought.

    `schema` is the openAPIV3Schema of the version; `since` the store's revision from which on all that was written
    has its form; `webhook` who converts between versions, None if only apiVersion differs.
    """

    definition: str = ""
    version: str = ""
    schema: Object = field(default_factory=dict)
    since: int = 0
    webhook: Object | None = None
    scale: ScalePaths | None = None
    deprecation: str = ""
    has_status: bool = False

    def __hash__(self) -> int:
        return id(self)

    def clean(self, obj: dict[str, Any]) -> list[str]:
        """Drop unknown fields, in place, and return their paths; raise ValueError for metadata of a wrong type."""
        unknown = fields.clean_metadata(obj)
        return unknown + structure.prune(obj, self.schema)


def of(resource: Resource) -> CustomKind | None:
    """Return the custom kind of a resource, None for all others."""
    return resource.custom if isinstance(resource.custom, CustomKind) else None


def build(definition: Object, version: Object, *, since: int) -> CustomKind:
    """Return the behaviour of one version of a definition."""
    spec = definition["spec"]
    schema = (version.get("schema") or {}).get("openAPIV3Schema") or {"type": "object", structure.PRESERVE: True}
    subresources = version.get("subresources") or {}
    conversion = spec.get("conversion") or {}
    has_status = subresources.get("status") is not None
    shown, row = columns.of(version)
    checker = Rules(schema)
    return CustomKind(
        spec["group"], spec["names"]["kind"], columns=shown, row=row, has_generation=True,
        default=lambda obj: structure.fill(obj, schema),
        prepare_create=_drop_status if has_status else _nothing,
        prepare_update=_keep_status if has_status else _count_status, prepare_status=_keep_all_but_status,
        validate=lambda obj: validate(obj, schema, checker),
        validate_update=lambda new, old: validate(new, schema, checker, old),
        validate_status=lambda new, old: validate(new, schema, checker, old),
        selectable=_selectable(version), definition=definition["metadata"]["name"], version=version["name"],
        schema=schema, since=since, scale=_scale(subresources.get("scale")), has_status=has_status,
        webhook=conversion.get("webhook") if conversion.get("strategy") == "Webhook" else None,
        deprecation=_deprecation(spec, version),
    )


def validate(obj: Object, schema: Object, checker: Rules, old: Any = values.ABSENT) -> list[FieldError]:
    """Return the faults of an object: of its values, its lists, and by the rules of the schema."""
    faults = values.validate(dict(obj), schema, "", dict(old) if old is not values.ABSENT else old)
    faults += lists.validate(obj, schema, old)
    if not checker.is_empty:
        if any(fault.type in BLOCKING for fault in faults):
            return [*faults, FieldError(values.NOWHERE, "Invalid value", None, UNCHECKED)]
        faults += rules.validate(obj, checker, old)
    return faults


def _nothing(_: dict[str, Any]) -> None:
    """Change nothing."""


def _drop_status(new: dict[str, Any]) -> None:
    new.pop("status", None)


def _keep_status(new: dict[str, Any], old: Object) -> None:
    if "status" in old:
        new["status"] = old["status"]
    else:
        new.pop("status", None)


def _count_status(new: dict[str, Any], old: Object) -> None:
    """Where status is a field like others, its change counts."""
    if new.get("status") != old.get("status"):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _keep_all_but_status(new: dict[str, Any], old: Object) -> None:
    """Keep everything but the status; even labels cannot change through it."""
    kept = {name: new["metadata"][name] for name in ("resourceVersion", "managedFields") if name in new["metadata"]}
    for name in [*new, *old]:
        if name in ("status", "metadata", "apiVersion", "kind"):
            continue
        if name in old:
            new[name] = old[name]
        else:
            new.pop(name, None)
    new["metadata"] = {
        **{name: value for name, value in old["metadata"].items() if name not in ("resourceVersion", "managedFields")},
        **kept,
    }


def _scale(scale: Object | None) -> ScalePaths | None:
    if scale is None:
        return None
    return ScalePaths(scale["specReplicasPath"], scale["statusReplicasPath"], scale.get("labelSelectorPath") or "")


def _selectable(version: Object) -> Mapping[str, Callable[[Object], str]]:
    paths = [each["jsonPath"] for each in version.get("selectableFields") or ()]
    return {path.removeprefix("."): _reader(path) for path in paths}


def _reader(path: str) -> Callable[[Object], str]:
    def read(obj: Object) -> str:
        found = json_path.find(obj, path)
        value = found[0] if found else ""
        return str(value).lower() if isinstance(value, bool) else str("" if value is None else value)

    return read


def _deprecation(spec: Object, version: Object) -> str:
    if not version.get("deprecated"):
        return ""
    kind = f"{spec['group']}/{version['name']} {spec['names']['kind']}"
    return version.get("deprecationWarning") or f"{kind} is deprecated"
