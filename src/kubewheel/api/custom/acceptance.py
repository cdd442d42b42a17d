"""The status of a CustomResourceDefinition: whether its names are free, and whether it can be used.

Reasons and messages are upstream's; clients wait for the conditions.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.api import conditions, objects
from kubewheel.api.apiextensions.custom_resource_definition import structural
from kubewheel.api.apiextensions.custom_resource_definition.definition import APPROVAL, PROTECTED
from kubewheel.libs.wire import Object

NOT_STRUCTURAL = "NonStructuralSchema"
NAMES_ACCEPTED, ESTABLISHED, TERMINATING = "NamesAccepted", "Established", "Terminating"
APPROVED = "KubernetesAPIApprovalPolicyConformant"
FINALIZER = "customresourcecleanup.apiextensions.k8s.io"

Condition = tuple[str, str, str, str]


def judged(definition: Object, others: Iterable[Object], now: float) -> dict[str, Any]:
    """Return `definition` with the status that it should have, given the other definitions."""
    new = objects.copy(definition)
    status = new.setdefault("status", {})
    group = new["spec"]["group"]
    rivals = [each for each in others if each["spec"]["group"] == group and _name(each) != _name(definition)]
    accepted, names_accepted = _accept(new["spec"]["names"], status.get("acceptedNames") or {}, rivals)
    status["acceptedNames"] = accepted
    found = [names_accepted, *_established(new, names_accepted), *_structure(new), *_approval(new)]
    listed = [each for each in status.get("conditions") or () if each.get("type") != NOT_STRUCTURAL or _structure(new)]
    for kind, value, reason, message in found:
        listed = conditions.with_condition(listed, kind, value, now=now, reason=reason, message=message)
    status["conditions"] = listed
    return new


def _name(definition: Object) -> str:
    return str(definition["metadata"]["name"])


def _accept(
    wanted: Mapping[str, Any], held: Mapping[str, Any], rivals: Iterable[Object],
) -> tuple[dict[str, Any], Condition]:
    """Return the names that the definition gets, and the condition that says whether these are all that it wants."""
    resources, kinds = set(), set()
    for rival in rivals:
        taken = (rival.get("status") or {}).get("acceptedNames") or {}
        resources |= {taken.get("plural"), taken.get("singular"), *(taken.get("shortNames") or ())}
        kinds |= {taken.get("kind"), taken.get("listKind")}
    accepted = dict(held)
    faults: list[tuple[str, str]] = []
    for field, used in (("plural", resources), ("singular", resources), ("shortNames", resources),
                        ("kind", kinds), ("listKind", kinds)):
        value = wanted.get(field)
        listed = value if isinstance(value, list) else [value] if value else []
        clashes = [name for name in listed if name in used]
        reason = f"{field[0].upper()}{field[1:]}Conflict"
        faults += [(reason, f'"{name}" is already in use') for name in clashes]
        if not clashes:
            _set(accepted, field, value)
    _set(accepted, "categories", wanted.get("categories"))
    if not faults:
        return accepted, (NAMES_ACCEPTED, "True", "NoConflicts", "no conflicts found")
    texts = [message for _, message in faults]
    shown = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    return accepted, (NAMES_ACCEPTED, "False", faults[-1][0], shown)


def _set(names: dict[str, Any], field: str, value: Any) -> None:
    if value:
        names[field] = value
    elif field not in ("plural", "kind"):
        names.pop(field, None)


def _established(definition: Object, names_accepted: Condition) -> list[Condition]:
    if conditions.is_true(definition, ESTABLISHED):
        return []
    if names_accepted[1] == "True":
        return [(ESTABLISHED, "True", "InitialNamesAccepted", "the initial names have been accepted")]
    return [(ESTABLISHED, "False", "NotAccepted", "not all names are accepted")]


def _structure(definition: Object) -> list[Condition]:
    """Return the condition of a definition whose schemas were accepted although they are not structural."""
    texts: list[str] = []
    for index, version in enumerate(definition["spec"]["versions"]):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        path = f"spec.versions[{index}].schema.openAPIV3Schema"
        texts += [str(fault) for fault in structural.validate(schema, path)] if schema else []
    if not texts:
        return []
    return [(NOT_STRUCTURAL, "True", "Violations", texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")]


def _approval(definition: Object) -> list[Condition]:
    group = definition["spec"]["group"]
    if not any(group == name or group.endswith(f".{name}") for name in PROTECTED):
        return []
    value = (definition["metadata"].get("annotations") or {}).get(APPROVAL) or ""
    if value.startswith(("http://", "https://")):
        return [(APPROVED, "True", "ApprovedAnnotation", f"approved in {value}")]
    if value.startswith("unapproved"):
        return [(APPROVED, "False", "UnapprovedAnnotation", f'not approved: "{value}"')]
    text = (
        f'protected groups must have approval annotation "{APPROVAL}", '
        "see https://github.com/kubernetes/enhancements/pull/1111"
    )
    return [(APPROVED, "False", "MissingAnnotation" if not value else "InvalidAnnotation", text)]


def is_established(definition: Object) -> bool:
    """Tell whether objects of the kind can be used."""
    return conditions.is_true(definition, ESTABLISHED)


def begin_deletion(definition: dict[str, Any], now: float) -> None:
    """Mark a definition that is about to be deleted: its objects go first."""
    held = definition["metadata"].setdefault("finalizers", [])
    if definition["metadata"].get("deletionTimestamp") or FINALIZER in held:
        return
    held.append(FINALIZER)
    text = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
    terminate(definition, "True", "InstanceDeletionPending", text, now)


def terminate(definition: dict[str, Any], value: str, reason: str, message: str, now: float) -> None:
    """Set the condition Terminating."""
    status = definition.setdefault("status", {})
    status["conditions"] = conditions.with_condition(
        list(status.get("conditions") or []), TERMINATING, value, now=now, reason=reason, message=message,
    )
