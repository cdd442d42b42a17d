"""OwnerReferencesPermissionEnforcement: who makes objects go with an owner may delete them anyway.

Whoever lets an object block its owner's deletion may also set finalizers on that owner.
"""

from typing import TYPE_CHECKING, Any

from kubewheel.api.resources import split_group_version
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations, Plugin, Stage
from kubewheel.apiserver.authz.attributes import Attributes, Verdict
from kubewheel.apiserver.authz.authorizer import ALLOWED, MASTERS
from kubewheel.libs.wire import Object

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

References = list[dict[str, Any]]


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse new owners, and new blocking ones, that the user has no right to name."""
    if matter.content is None or (matter.resource.storage_key, matter.subresource) == ("pods", "status"):
        return
    now, before = _references(matter.content), _references(matter.old)
    if now == before:
        return
    name = matter.name if matter.operation is Operations.UPDATE else ""
    resource = matter.resource
    verdict = _ask(matter, backend, Attributes(
        matter.identity, "delete", resource.plural, resource.group, matter.subresource, matter.namespace, name,
        resource.version,
    ))
    if not verdict.allowed:
        raise matter.forbidden(f"cannot set an ownerRef on a resource you can't delete: {verdict.reason}, <nil>")
    blocking = {each.get("uid") for each in before if each.get("blockOwnerDeletion")}
    for each in now:
        if each.get("blockOwnerDeletion") and each.get("uid") not in blocking:
            _check_owner(matter, backend, each)


def _references(content: Object | None) -> References:
    return ((content or {}).get("metadata") or {}).get("ownerReferences") or []


def _check_owner(matter: Matter, backend: "Backend", reference: dict[str, Any]) -> None:
    group, version = split_group_version(reference.get("apiVersion", ""))
    owner = backend.registry.by_gvk(group, version, reference.get("kind", ""))
    if owner is None:
        raise matter.forbidden(
            "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion "
            f"{reference.get('apiVersion')} Kind {reference.get('kind')}"
        )
    namespace = matter.namespace if owner.namespaced else ""
    verdict = _ask(matter, backend, Attributes(
        matter.identity, "update", owner.plural, group, "finalizers", namespace, reference.get("name", ""), version,
    ))
    if not verdict.allowed:
        raise matter.forbidden(
            "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: "
            f"{verdict.reason}, <nil>"
        )


def _ask(matter: Matter, backend: "Backend", attributes: Attributes) -> Verdict:
    return ALLOWED if MASTERS in matter.identity.groups else backend.authorizer.decide(attributes)


PLUGIN = Plugin("OwnerReferencesPermissionEnforcement", Stage.VALIDATE, 84, WRITES, admit, enabled=False)
