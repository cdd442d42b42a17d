"""RBAC: nobody grants more than they hold, unless they may `escalate` the role or `bind` it."""

from typing import TYPE_CHECKING, Any

from kubewheel.api import errors
from kubewheel.api.rbac import rules as rbac_rules
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations, Plugin, Stage
from kubewheel.apiserver.authz.attributes import Attributes
from kubewheel.apiserver.authz.authorizer import MASTERS
from kubewheel.apiserver.authz.rbac_index import (
    BINDINGS,
    CLUSTER_BINDINGS,
    CLUSTER_ROLES,
    GROUP,
    RESOURCES,
    ROLES,
)
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

SUBJECT_FIELD = {ROLES: "rules", CLUSTER_ROLES: "rules", BINDINGS: "subjects", CLUSTER_BINDINGS: "subjects"}


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse a role or binding that grants what its writer does not hold."""
    content, identity = matter.content, matter.identity
    if content is None or MASTERS in identity.groups:
        return
    if "RBAC" not in backend.settings.authorization_mode:
        return
    if matter.operation is Operations.UPDATE and matter.old is not None and _is_same(matter, content):
        return
    verb, resource, name = _permission(matter, content)
    question = Attributes(identity, verb, resource, GROUP, "", matter.namespace, name)
    if backend.authorizer.decide(question).allowed:
        return
    wanted = _granted(matter, content, backend)
    owned = backend.rbac.rules_for(identity, matter.namespace)
    missing = rbac_rules.rules_covered(owned, wanted)
    if missing:
        raise matter.forbidden(rbac_rules.escalation_refusal(identity, missing))


def _is_same(matter: Matter, content: dict[str, Any]) -> bool:
    assert matter.old is not None
    fields = (SUBJECT_FIELD[matter.resource.storage_key], "roleRef", "aggregationRule")
    return all((content.get(field) or None) == (matter.old.get(field) or None) for field in fields)


def _permission(matter: Matter, content: dict[str, Any]) -> tuple[str, str, str]:
    """Return verb, resource and name of the permission that makes the check unnecessary."""
    if matter.resource.storage_key in (ROLES, CLUSTER_ROLES):
        return "escalate", matter.resource.plural, matter.name
    reference = content.get("roleRef") or {}
    plural = "roles" if reference.get("kind") == "Role" else "clusterroles"
    return "bind", plural, reference.get("name", "")


def _granted(matter: Matter, content: dict[str, Any], backend: "Backend") -> list[rbac_rules.Rule]:
    if matter.resource.storage_key in (ROLES, CLUSTER_ROLES):
        if content.get("aggregationRule"):
            # What will be aggregated cannot be known; it may be anything.
            return [rbac_rules.Rule(("*",), ("*",), ("*",)), rbac_rules.Rule(("*",), paths=("*",))]
        return [rbac_rules.parse(rule) for rule in content.get("rules") or ()]
    reference = content.get("roleRef") or {}
    is_role = reference.get("kind") == "Role"
    resource = ROLES if is_role else CLUSTER_ROLES
    entry = backend.store.get(Key(resource, matter.namespace if is_role else "", reference.get("name", "")))
    if entry is None:
        raise _missing(reference)
    return [rbac_rules.parse(rule) for rule in entry.object.get("rules") or ()]


def _missing(reference: dict[str, Any]) -> errors.StatusError:
    plural = "roles" if reference.get("kind") == "Role" else "clusterroles"
    return errors.not_found(GROUP, plural, reference.get("name", ""))


PLUGIN = Plugin("RBACEscalation", Stage.VALIDATE, 20, WRITES, admit, frozenset(RESOURCES), is_internal=True)
