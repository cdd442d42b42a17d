"""Parameters of policies: objects of any kind that a binding refers to."""

from typing import TYPE_CHECKING

from kubewheel.api import selectors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import versions
from kubewheel.apiserver.admission.matching import namespace_of
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.admission.policies.registered import Binding, Definition
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

DENY = "Deny"


class Misconfigured(Exception):
    """A policy or binding cannot be used as it is. `of_binding`: which of the two is to blame."""

    def __init__(self, detail: str, *, of_binding: bool = True) -> None:
        super().__init__(f"failed to configure {'binding' if of_binding else 'policy'}: {detail}")
        self.of_binding = of_binding


def kind_of(definition: Definition, backend: "Backend") -> Resource | None:
    """Return the resource of a policy's parameters, None if it takes none; raise Misconfigured."""
    kind = definition.param_kind
    if kind is None:
        return None
    api_version, name = kind.get("apiVersion") or "", kind.get("kind") or ""
    found = backend.registry.of(api_version, name)
    if found is None or not found.is_stored:
        group, _, version = api_version.rpartition("/")
        shown = f"{group}/{version}, Kind={name}"
        raise Misconfigured(f"failed to find resource referenced by paramKind: '{shown}'", of_binding=False)
    return found


async def collect(
    resource: Resource | None, binding: Binding, matter: Matter, backend: "Backend"
) -> list[Object | None]:
    """Return the parameters with which a policy is to be evaluated, once with each; raise Misconfigured."""
    reference = binding.reference
    if resource is None or reference is None:
        return [None]
    namespace = _namespace(resource, reference, matter)
    found: list[Object] = []
    name, selector = reference.get("name") or "", reference.get("selector")
    if name:
        entry = backend.store.get(Key(resource.storage_key, namespace, name))
        entries = [] if entry is None else [entry]
    elif selector is not None:
        wanted = selectors.from_object(selector)
        listed = backend.store.list(resource.storage_key).entries
        entries = [
            each for each in listed
            if each.key.namespace == namespace and wanted.matches(each.object["metadata"].get("labels"))
        ]
    else:
        raise Misconfigured("one of name or selector must be provided")
    for entry in await backend.all_ready(resource, entries):
        found.append(versions.shown(resource, entry))
    if not found and reference.get("parameterNotFoundAction") == DENY:
        raise Misconfigured("no params found for policy binding with `Deny` parameterNotFoundAction")
    return list(found)


def _namespace(resource: Resource, reference: Object, matter: Matter) -> str:
    given = str(reference.get("namespace") or "")
    if not resource.namespaced:
        if given:
            raise Misconfigured("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
        return ""
    namespace = given or namespace_of(matter)
    if not namespace:
        raise Misconfigured("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
    return namespace
