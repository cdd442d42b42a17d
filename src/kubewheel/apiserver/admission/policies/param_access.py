"""Nobody reads parameters through a policy that they may not read themselves."""

from typing import TYPE_CHECKING, Any

from kubewheel.api import errors
from kubewheel.api.validation.faults import forbidden
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.admission.policies.registered import (
    MUTATING,
    MUTATING_BINDINGS,
    VALIDATING,
    VALIDATING_BINDINGS,
)
from kubewheel.apiserver.authz.attributes import Attributes
from kubewheel.apiserver.authz.authorizer import MASTERS
from kubewheel.libs.wire import Identity, Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

NAME = "AdmissionPolicyParams"
POLICY_OF = {VALIDATING_BINDINGS: VALIDATING, MUTATING_BINDINGS: MUTATING}


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse a policy or binding whose parameters its writer may not get."""
    content = matter.content
    if content is None or matter.subresource or MASTERS in matter.identity.groups:
        return
    spec, old = content["spec"], (matter.old or {}).get("spec") or {}
    is_binding = matter.resource.storage_key in POLICY_OF
    field = "paramRef" if is_binding else "paramKind"
    if spec.get(field) is None or all(spec.get(name) == old.get(name) for name in (field, "policyName")):
        return
    question = _of_binding(matter, spec, backend) if is_binding else _of_policy(matter.identity, spec, backend)
    if backend.authorizer.decide(question).allowed:
        return
    text = 'does not have "get" permission on the object referenced by paramRef'
    if not is_binding:
        kind = spec["paramKind"]
        text = ('must have "get" permission on all objects of the referenced paramKind '
                f"(kind={kind['kind']}, apiVersion={kind['apiVersion']})")
    fault = forbidden(f"spec.{field}", f"user {_shown(matter.identity)} {text}")
    raise errors.invalid(matter.resource.group, matter.resource.kind, content["metadata"].get("name", ""), [fault])


def _of_policy(identity: Identity, spec: Object, backend: "Backend") -> Attributes:
    return _question(identity, spec.get("paramKind"), "*", "*", backend)


def _of_binding(matter: Matter, spec: Object, backend: "Backend") -> Attributes:
    entry = backend.store.get(Key(POLICY_OF[matter.resource.storage_key], "", spec.get("policyName") or ""))
    kind = None if entry is None else entry.object["spec"].get("paramKind")
    reference = spec["paramRef"]
    return _question(
        matter.identity, kind, reference.get("namespace") or "", reference.get("name") or "", backend,
    )


def _question(identity: Identity, kind: Any, namespace: str, name: str, backend: "Backend") -> Attributes:
    """Return the question about objects of a kind; of one that nobody knows, about all that there is."""
    if kind is None:
        return Attributes(identity, "get", "*", "*", "", namespace, name, "*")
    group, _, version = (kind.get("apiVersion") or "").rpartition("/")
    resource = backend.registry.of(kind.get("apiVersion") or "", kind.get("kind") or "")
    plural = "*" if resource is None else resource.plural
    return Attributes(identity, "get", plural, group, "", namespace, name, version)


def _shown(identity: Identity) -> str:
    """Return an identity as Go prints it."""
    extra = " ".join(f"{key}:[{' '.join(values)}]" for key, values in sorted(identity.extra.items()))
    return f"&{{{identity.name} {identity.uid} [{' '.join(identity.groups)}] map[{extra}]}}"
