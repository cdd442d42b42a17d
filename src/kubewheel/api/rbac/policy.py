"""What the four kinds of RBAC share: checks of rules, of references to roles and of subjects."""

from typing import Any

from kubewheel.api import names
from kubewheel.api.defaults.fields import fill_empty
from kubewheel.api.kinds import Column
from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, each, invalid, required, unsupported
from kubewheel.libs.wire import Object

GROUP = "rbac.authorization.k8s.io"
ROLE_KINDS = ("Role", "ClusterRole")
SUBJECT_KINDS = ("ServiceAccount", "User", "Group")

BINDING_COLUMNS = (
    Column("Role", description="The role that is granted."),
    Column("Age", description="Time since the object was created."),
    Column("Users", wide=True, description="Users in the subjects."),
    Column("Groups", wide=True, description="Groups in the subjects."),
    Column("ServiceAccounts", wide=True, description="Service accounts in the subjects."),
)


def validate_rules(rules: list[Any] | None, path: str, *, namespaced: bool) -> Faults:
    """Check the rules of a role."""
    faults: Faults = []
    for index, rule in enumerate(rules or []):
        faults += _validate_rule(rule, f"{path}[{index}]", namespaced=namespaced)
    return faults


def _validate_rule(rule: Object, path: str, *, namespaced: bool) -> Faults:
    faults: Faults = []
    if not rule.get("verbs"):
        faults.append(required(f"{path}.verbs", "verbs must contain at least one value"))
    urls = rule.get("nonResourceURLs")
    if urls:
        here = f"{path}.nonResourceURLs"
        if namespaced:
            faults.append(invalid(here, urls, "namespaced rules cannot apply to non-resource URLs"))
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            faults.append(invalid(here, urls, "rules cannot apply to both regular resources and non-resource URLs"))
        return faults
    if not rule.get("apiGroups"):
        faults.append(required(f"{path}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        faults.append(required(f"{path}.resources", "resource rules must supply at least one resource"))
    return faults


def validate_aggregation(aggregation: Object | None, path: str) -> Faults:
    """Check which roles an aggregated role gathers."""
    if aggregation is None:
        return []
    chosen = aggregation.get("clusterRoleSelectors") or []
    here = f"{path}.clusterRoleSelectors"
    if not chosen:
        detail = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        return [required(here, detail)]
    faults: Faults = []
    for index, selector in enumerate(chosen):
        faults += labels.validate_label_selector(selector, f"{here}[{index}]")
    return faults


def default_binding(binding: dict[str, Any]) -> None:
    """Set the API groups of a binding's role and subjects."""
    reference = binding.get("roleRef")
    if reference is None:
        reference = binding["roleRef"] = {}
    fill_empty(reference, "apiGroup", GROUP)
    for subject in binding.get("subjects") or []:
        if subject.get("kind") in ("User", "Group"):
            fill_empty(subject, "apiGroup", GROUP)


def default_rules(role: dict[str, Any]) -> None:
    """Write a role without rules as clients expect it: with none, not without the field."""
    role.setdefault("rules", None)


def validate_binding(binding: Object, *, kinds: tuple[str, ...], namespaced: bool) -> Faults:
    """Check what a binding grants (a role of one of `kinds`) and to whom."""
    reference = binding.get("roleRef") or {}
    faults: Faults = []
    if (group := reference.get("apiGroup") or "") != GROUP:
        faults.append(unsupported("roleRef.apiGroup", group, (GROUP,)))
    if (kind := reference.get("kind") or "") not in kinds:
        faults.append(unsupported("roleRef.kind", kind, kinds))
    if name := reference.get("name") or "":
        faults += each("roleRef.name", name, names.path_segment(name))
    else:
        faults.append(required("roleRef.name"))
    for index, subject in enumerate(binding.get("subjects") or []):
        faults += _validate_subject(subject, f"subjects[{index}]", namespaced=namespaced)
    return faults


def _validate_subject(subject: Object, path: str, *, namespaced: bool) -> Faults:
    faults: Faults = []
    name, kind, group = (subject.get(field) or "" for field in ("name", "kind", "apiGroup"))
    if not name:
        faults.append(required(f"{path}.name"))
    if kind not in SUBJECT_KINDS:
        return [*faults, unsupported(f"{path}.kind", kind, SUBJECT_KINDS)]
    if kind != "ServiceAccount":
        return faults if group == GROUP else [*faults, unsupported(f"{path}.apiGroup", group, (GROUP,))]
    if name:
        faults += each(f"{path}.name", name, names.dns_subdomain(name))
    if group:
        faults.append(unsupported(f"{path}.apiGroup", group, ("",)))
    if not namespaced and not subject.get("namespace"):
        faults.append(required(f"{path}.namespace"))
    return faults


def validate_binding_update(new: Object, old: Object) -> Faults:
    """Check that a binding grants what it always did."""
    if new.get("roleRef") == old.get("roleRef"):
        return []
    return [invalid("roleRef", new.get("roleRef"), "cannot change roleRef")]


def subject_cells(subjects: list[Any] | None) -> list[str]:
    """Return the users, groups and service accounts of a binding."""
    listed: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in subjects or []:
        name = str(subject.get("name") or "")
        if subject.get("kind") == "ServiceAccount":
            name = f"{subject.get('namespace') or ''}/{name}"
        listed.setdefault(str(subject.get("kind")), []).append(name)
    return [", ".join(listed[kind]) for kind in ("User", "Group", "ServiceAccount")]
