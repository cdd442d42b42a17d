"""serviceaccounts/token: makes a token that is bound to an account and, if asked, to a pod, node or secret."""

from dataclasses import dataclass
from typing import Any

from kubewheel.api import errors
from kubewheel.api.registry import Resource, split_group_version
from kubewheel.apiserver import body, respond
from kubewheel.apiserver.admission.plugin import Matter, Operations, Stage
from kubewheel.apiserver.authn import service_account_claims as claims
from kubewheel.apiserver.authn.service_account_claims import Bindings, Reference, Subject
from kubewheel.apiserver.backend import Backend, Operation, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import write_options
from kubewheel.apiserver.subresources.table import Served
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object, Response
from kubewheel.storage import Key

GVK = ("authentication.k8s.io", "v1", "TokenRequest")
DEFAULT_SECONDS, MIN_SECONDS, MAX_SECONDS = 3600, 600, 1 << 32
BOUND = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}


@dataclass(frozen=True, slots=True)
class Lifetime:
    """What is asked for, what is granted, and when use is frowned upon (0: never)."""

    seconds: int
    warn_after: int = 0


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Return a token for the account that the URL names."""
    options = write_options(exchange.request, "CreateOptions")
    operation = of_exchange(exchange, backend, resource, options)
    form = respond.object_form(exchange)
    request = body.read_object(exchange, GVK, options.field_validation)
    entry = backend.store.get(operation.key)
    if entry is None:
        raise errors.not_found("", "serviceaccounts", operation.name)
    if not backend.accounts.can_sign:
        raise errors.path_not_found()
    metadata = request.setdefault("metadata", {})
    if metadata.get("name") not in (None, "", operation.name):
        raise errors.bad_request("service account name in token request does not match the name on the URL")
    metadata["name"], metadata["namespace"] = operation.name, operation.namespace
    spec = request["spec"] = request.get("spec") or {}
    spec.setdefault("expirationSeconds", DEFAULT_SECONDS)
    spec["audiences"] = spec.get("audiences") or list(backend.settings.audiences)
    _check(spec, operation.name)
    await _admit(operation, request)
    _issue(operation, request, entry.object)
    return respond.plain(exchange, request, form, 201)


def _check(spec: Object, name: str) -> None:
    seconds = spec["expirationSeconds"]
    field, detail = "spec.expirationSeconds", ""
    if seconds < MIN_SECONDS:
        detail = "may not specify a duration less than 10 minutes"
    elif seconds > MAX_SECONDS:
        detail = "may not specify a duration larger than 2^32 seconds"
    if detail:
        raise errors.invalid(GVK[0], GVK[2], name, [errors.FieldError(field, "Invalid value", seconds, detail)])


async def _admit(operation: Operation, request: dict[str, Any]) -> None:
    backend = operation.backend
    matter = Matter(
        Operations.CREATE, operation.resource, "token", operation.namespace, operation.name, request, None,
        operation.identity, operation.options.dry_run, operation.warn, operation.annotate, operation.options,
    )
    await backend.admission.run(Stage.MUTATE, matter, backend)
    await backend.admission.run(Stage.VALIDATE, matter, backend)


def _issue(operation: Operation, request: dict[str, Any], account: Object) -> None:
    backend, spec = operation.backend, request["spec"]
    bindings = _bindings(operation, spec.get("boundObjectRef"))
    lifetime = _lifetime(operation, spec, has_pod=bindings.pod is not None)
    subject = Subject(operation.namespace, claims.reference(account), bindings)
    token = backend.accounts.issue(subject, spec["audiences"], lifetime.seconds, lifetime.warn_after)
    expiry = rfc3339(backend.clock.now() + lifetime.seconds)
    request["metadata"]["creationTimestamp"] = rfc3339(backend.clock.now())
    request["status"] = {"token": "" if operation.options.dry_run else token, "expirationTimestamp": expiry}


def _lifetime(operation: Operation, spec: dict[str, Any], *, has_pod: bool) -> Lifetime:
    settings = operation.backend.settings
    seconds, limit = spec["expirationSeconds"], settings.token_max_seconds
    if limit and seconds > limit:
        operation.warn(f"requested expiration of {seconds} seconds shortened to {limit} seconds")
        seconds = spec["expirationSeconds"] = limit
    extends = settings.extend_token_expiry and has_pod and seconds == claims.WARN_ONLY_SECONDS
    if extends and any(audience in settings.audiences for audience in spec["audiences"]):
        return Lifetime(claims.EXTENDED_SECONDS, seconds)
    return Lifetime(seconds)


def _bindings(operation: Operation, wanted: Object | None) -> Bindings:
    """Return what the token is to be bound to; raise an error if that is not there or not suitable."""
    if not wanted:
        return Bindings()
    group, version = split_group_version(wanted.get("apiVersion") or "")
    kind, name = wanted.get("kind", ""), wanted.get("name", "")
    if group or version not in ("", "v1") or kind not in BOUND:
        raise errors.bad_request(f"cannot bind token to object of type {group}/{version}, Kind={kind}")
    store, plural = operation.backend.store, BOUND[kind]
    entry = store.get(Key(plural, "" if kind == "Node" else operation.namespace, name))
    if entry is None:
        raise errors.not_found("", plural, name)
    found = claims.reference(entry.object)
    if wanted.get("uid") and wanted["uid"] != found.uid:
        raise errors.conflict(
            group, kind, name,
            f"the UID in the bound object reference ({wanted['uid']}) does not match the UID in record. "
            "The object might have been deleted and then recreated",
        )
    if kind == "Pod":
        return _pod_bindings(operation, entry.object, found)
    return Bindings(secret=found) if kind == "Secret" else Bindings(node=found)


def _pod_bindings(operation: Operation, pod: Object, found: Reference) -> Bindings:
    if pod["spec"].get("serviceAccountName") != operation.name:
        raise errors.bad_request(
            f'cannot bind token for serviceaccount "{operation.name}" to pod running with different '
            "serviceaccount name."
        )
    name = pod["spec"].get("nodeName")
    if not name:
        return Bindings(pod=found)
    node = operation.backend.store.get(Key("nodes", "", name))
    return Bindings(pod=found, node=claims.reference(node.object) if node else Reference(name))


SUBRESOURCES = (Served("token", {"create": handle}, frozenset({"serviceaccounts"})),)
