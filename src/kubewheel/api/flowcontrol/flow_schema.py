"""FlowSchema: sorts requests into flows, and names the priority that they have."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import begin_with, part_of
from kubewheel.api.flowcontrol import bootstrap
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation.faults import Faults, each, forbidden, invalid, option, required, unsupported
from kubewheel.libs.wire import Object

GROUP = "flowcontrol.apiserver.k8s.io"
ALL = "*"
EXEMPT = "exempt"
PRECEDENCE, HIGHEST_PRECEDENCE = 1000, 10000
SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
NO_VERBS = "verbs must contain at least one value"
NAMESPACE_RULE = "each member of this list must be '*' or a DNS-1123 label; "


def default(schema: dict[str, Any]) -> None:
    """Complete a FlowSchema."""
    spec = part_of(schema, "spec")
    if not spec.get("matchingPrecedence"):
        spec["matchingPrecedence"] = PRECEDENCE


def _validate_subject(subject: Object, path: str) -> Faults:
    kind = subject.get("kind") or ""
    field = SUBJECTS.get(kind)
    if field is None:
        return [unsupported(f"{path}.kind", kind, SUBJECTS)]
    faults = _validate_subject_part(subject.get(field), f"{path}.{field}", kind)
    return faults + [
        forbidden(f"{path}.{other}", f"{other} is forbidden when subject kind is not '{name}'")
        for name, other in SUBJECTS.items() if name != kind and subject.get(other) is not None
    ]


def _validate_subject_part(part: Object | None, path: str, kind: str) -> Faults:
    if part is None:
        return [required(path, f"{SUBJECTS[kind]} is required when subject kind is '{kind}'")]
    name = part.get("name") or ""
    faults = [] if name else [required(f"{path}.name")]
    if kind != "ServiceAccount":
        return faults
    if name and name != ALL:
        faults += each(f"{path}.name", name, names.dns_subdomain(name))
    namespace = part.get("namespace") or ""
    if not namespace:
        return [*faults, required(f"{path}.namespace", "must specify namespace for service account")]
    return faults + each(f"{path}.namespace", namespace, names.dns_label(namespace))


def _validate_list(values: Sequence[str], path: str, missing: str, others: str) -> Faults:
    if not values:
        return [required(path, missing)]
    if len(values) > 1 and ALL in values:
        return [invalid(path, values, f"if '*' is present, must not specify other {others}")]
    return []


def _validate_verbs(verbs: Sequence[str], path: str) -> Faults:
    faults = _validate_list(verbs, path, NO_VERBS, "verbs")
    if ALL in verbs or {*verbs} <= {*VERBS}:
        return faults
    return [*faults, unsupported(path, verbs, VERBS)]


def _validate_resources(rule: Object, path: str) -> Faults:
    faults = _validate_verbs(rule.get("verbs") or [], f"{path}.verbs")
    for name, word in (("apiGroups", "api group"), ("resources", "resource")):
        missing = f"resource rules must supply at least one {word}"
        faults += _validate_list(rule.get(name) or [], f"{path}.{name}", missing, f"{word}s")
    namespaces, here = rule.get("namespaces") or [], f"{path}.namespaces"
    if not namespaces and not rule.get("clusterScope"):
        detail = "resource rules that are not cluster scoped must supply at least one namespace"
        return [*faults, required(here, detail)]
    if ALL in namespaces:
        return faults + _validate_list(namespaces, here, "", "namespaces")
    for index, namespace in enumerate(namespaces):
        messages = [NAMESPACE_RULE + text for text in names.dns_label(namespace)]
        faults += each(f"{here}[{index}]", namespace, messages)
    return faults


def _path_fault(url: str) -> str:
    """Return what is wrong with a path, empty if nothing is."""
    stars = url.count(ALL)
    rules = (
        (not url, "must not be empty"),
        (not url.startswith("/"), "must start with slash"),
        (" " in url, "must not contain white-space"),
        ("//" in url, "must not contain double slash"),
        (stars > 1 or (stars == 1 and not url.endswith("/*")), "wildcard can only do suffix matching"),
    )
    return next((text for broken, text in rules if broken), "")


def _validate_paths(rule: Object, path: str) -> Faults:
    urls, here = rule.get("nonResourceURLs") or [], f"{path}.nonResourceURLs"
    faults = _validate_verbs(rule.get("verbs") or [], f"{path}.verbs")
    faults += _validate_list(urls, here, "nonResourceURLs must contain at least one value", "non-resource URLs")
    if ALL in urls:
        return faults
    return faults + [
        invalid(f"{here}[{index}]", url, fault) for index, url in enumerate(urls) if (fault := _path_fault(url))
    ]


def _validate_rule(rule: Object, path: str) -> Faults:
    subjects, resources = rule.get("subjects") or [], rule.get("resourceRules") or []
    urls = rule.get("nonResourceRules") or []
    faults = [] if subjects else [required(f"{path}.subjects", "subjects must contain at least one value")]
    for index, subject in enumerate(subjects):
        faults += _validate_subject(subject, f"{path}.subjects[{index}]")
    if not resources and not urls:
        detail = "at least one of resourceRules and nonResourceRules has to be non-empty"
        faults.append(required(path, detail))
    for index, part in enumerate(resources):
        faults += _validate_resources(part, f"{path}.resourceRules[{index}]")
    for index, part in enumerate(urls):
        faults += _validate_paths(part, f"{path}.nonResourceRules[{index}]")
    return faults


def validate(schema: Object) -> Faults:
    """Return the faults of a FlowSchema."""
    spec, name = schema.get("spec") or {}, cells.name(schema)
    precedence, level = spec.get("matchingPrecedence") or 0, (spec.get("priorityLevelConfiguration") or {}).get("name")
    faults: Faults = []
    path = "spec.matchingPrecedence"
    if precedence <= 0:
        faults.append(invalid(path, precedence, "must be a positive value"))
    if precedence > HIGHEST_PRECEDENCE:
        faults.append(invalid(path, precedence, f"must not be greater than {HIGHEST_PRECEDENCE}"))
    if precedence == 1 and name != EXEMPT:
        faults.append(invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"))
    kind = (spec.get("distinguisherMethod") or {}).get("type")
    faults += option("spec.distinguisherMethod.type", kind, ("ByNamespace", "ByUser"))
    here = "spec.priorityLevelConfiguration.name"
    if level:
        faults += each(here, level, names.dns_subdomain(level))
    else:
        faults.append(required(here, "must reference a priority level"))
    for index, rule in enumerate(spec.get("rules") or []):
        faults += _validate_rule(rule, f"spec.rules[{index}]")
    wanted = bootstrap.mandatory_schemas().get(name)
    if wanted is not None and spec != wanted:
        faults.append(invalid("spec", dict(spec), bootstrap.FIXED.format(name)))
    return faults


def row(schema: Object, now: float) -> list[Any]:
    """Return the cells of a FlowSchema."""
    spec = schema.get("spec") or {}
    listed = (schema.get("status") or {}).get("conditions") or []
    dangling = next((str(part.get("status")) for part in listed if part.get("type") == "Dangling"), "?")
    return [
        cells.name(schema), (spec.get("priorityLevelConfiguration") or {}).get("name") or "",
        spec.get("matchingPrecedence") or 0, (spec.get("distinguisherMethod") or {}).get("type") or cells.NONE,
        cells.age(schema, now), dangling,
    ]


KIND = Kind(
    GROUP, "FlowSchema", default=default, prepare_create=begin_with(), prepare_update=keep_status, validate=validate,
    has_generation=True, row=row,
    columns=(
        NAME, Column("PriorityLevel"), Column("MatchingPrecedence"), Column("DistinguisherMethod"), AGE,
        Column("MissingPL", description="Whether the priority level that is named does not exist."),
    ),
)
