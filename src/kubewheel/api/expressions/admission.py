"""Expressions about requests: match conditions of webhooks, and admission policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kubewheel.api.expressions import authorization, functions
from kubewheel.libs.cel import Environment, Invalid, types
from kubewheel.libs.cel import Program as Expression
from kubewheel.libs.cel.types import BOOL, DYN, NULL, STRING, Type, list_of, map_of, object_of

CONDITIONS_BUDGET = 2_500_000  # Of the match conditions of one webhook or policy.
REQUEST_RESOURCE = "authorizer.requestResource"
OBJECT, PATCH = "Object", "JSONPatch"
_RESOURCE = object_of("kubernetes.GroupVersionResource", {"group": STRING, "version": STRING, "resource": STRING})
_KIND = object_of("kubernetes.GroupVersionKind", {"group": STRING, "version": STRING, "kind": STRING})
_USER = object_of("kubernetes.UserInfo", {
    "username": STRING, "uid": STRING, "groups": list_of(STRING), "extra": map_of(STRING, list_of(STRING)),
})
REQUEST = object_of("kubernetes.AdmissionRequest", {
    "kind": _KIND, "resource": _RESOURCE, "subResource": STRING, "requestKind": _KIND, "requestResource": _RESOURCE,
    "requestSubResource": STRING, "name": STRING, "namespace": STRING, "operation": STRING, "userInfo": _USER,
    "dryRun": BOOL, "options": DYN,
})
NAMESPACE_METADATA = {
    "name": STRING, "generateName": STRING, "namespace": STRING, "labels": map_of(STRING, STRING),
    "annotations": map_of(STRING, STRING), "UID": STRING, "creationTimestamp": types.TIMESTAMP,
    "deletionGracePeriodSeconds": types.INT, "deletionTimestamp": types.TIMESTAMP, "generation": types.INT,
    "resourceVersion": STRING, "finalizers": list_of(STRING),
}
NAMESPACE = object_of("kubernetes.Namespace", {
    "metadata": object_of("kubernetes.NamespaceMetadata", NAMESPACE_METADATA),
    "spec": object_of("kubernetes.NamespaceSpec", {"finalizers": list_of(STRING)}),
    "status": object_of("kubernetes.NamespaceStatus", {
        "phase": STRING, "conditions": list_of(object_of("kubernetes.NamespaceCondition", {
            "status": STRING, "type": STRING, "lastTransitionTime": types.TIMESTAMP, "message": STRING,
            "reason": STRING,
        })),
    }),
})
ANY_RESULT: Sequence[Type] = ()
TRUTH: Sequence[Type] = (BOOL,)
TEXT: Sequence[Type] = (STRING,)
TEXT_OR_NOTHING: Sequence[Type] = (STRING, NULL)


def _patch_field(name: str) -> Type | None:
    return STRING if name in ("op", "path", "from") else DYN if name == "value" else None


def _any_field(_: str) -> Type | None:
    return DYN


CONFIGURATION: Sequence[Type] = (object_of(OBJECT, _any_field),)
PATCHES: Sequence[Type] = (list_of(object_of(PATCH, _patch_field)),)


def patch_type(name: str) -> Type | None:
    """Return the types of objects that changes are made of: parts of the object, and operations of JSON patches."""
    if name == PATCH:
        return object_of(PATCH, _patch_field)
    return object_of(name, _any_field) if name == OBJECT or name.startswith(f"{OBJECT}.") else None


@dataclass(frozen=True)
class Scope:
    """What an expression can refer to besides the request and its object."""

    has_params: bool = False
    has_authorizer: bool = True
    makes_patches: bool = False
    variables: Mapping[str, Type] | None = None  # None: there are none, not even an empty set of them.
    object: Type = DYN
    params: Type = DYN

    def environment(self) -> Environment:
        """Return what expressions in this scope are checked against."""
        known: dict[str, Type] = {
            "object": self.object, "oldObject": self.object, "request": REQUEST, "namespaceObject": NAMESPACE,
        }
        if self.has_params:
            known["params"] = self.params
        if self.has_authorizer:
            known["authorizer"] = object_of(authorization.AUTHORIZER, _no_field)
            known[REQUEST_RESOURCE] = object_of(authorization.RESOURCE, _no_field)
        if self.variables is not None:
            known["variables"] = object_of("kubernetes.variables", self.variables)
        if self.makes_patches:
            return Environment(functions(), known, patch_type)
        return Environment(functions(), known)


def _no_field(_: str) -> Type | None:
    return None


def compile(text: str, scope: Scope, results: Sequence[Type]) -> Expression:
    """Return an expression whose value is of one of the types `results`; raise Invalid in the words of upstream."""
    try:
        made = Expression(text, scope.environment())
    except Invalid as error:
        raise Invalid(f"compilation failed: {error}") from error
    if results and made.type not in results:
        wanted = str(results[0]) if len(results) == 1 else f"one of [{' '.join(each.name for each in results)}]"
        raise Invalid(f"must evaluate to {wanted} but got {made.type}")
    return made


@lru_cache(maxsize=1024)
def condition(text: str) -> Expression:
    """Return the compiled match condition of a webhook; raise Invalid."""
    return compile(text, Scope(), TRUTH)
