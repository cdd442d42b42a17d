"""SubjectAccessReview and its relatives: would this be allowed?

Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
"""

from collections.abc import Mapping
from typing import Any

from kubewheel.api import errors
from kubewheel.api.errors import FieldError
from kubewheel.api.rbac import rules as rbac_rules
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, respond, versions
from kubewheel.apiserver.authz import node as node_mode
from kubewheel.apiserver.authz.attributes import Attributes, Opinion
from kubewheel.apiserver.backend import Backend, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import write_options
from kubewheel.apiserver.verbs import create
from kubewheel.libs.wire import Identity, Response

GROUP = "authorization.k8s.io"
EVERYTHING = (rbac_rules.Rule(("*",), ("*",), ("*",)), rbac_rules.Rule(("*",), paths=("*",)))
EITHER = "exactly one of nonResourceAttributes or resourceAttributes must be specified"


async def of_subject(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Answer for any user; in a namespaced review, for that namespace only."""
    review = await _read(exchange, backend, resource)
    spec = review["spec"]
    faults = _spec_faults(spec)
    if not spec.get("user") and not spec.get("groups"):
        faults.append(FieldError(
            "spec.user", "Invalid value", spec.get("user", ""), "at least one of user or group must be specified"
        ))
    if resource.namespaced:
        _check_namespace(exchange, spec, faults)
    _refuse(resource, faults)
    extra = {key.lower(): tuple(values) for key, values in (spec.get("extra") or {}).items()}
    identity = Identity(spec.get("user") or "", tuple(spec.get("groups") or ()), spec.get("uid") or "", extra)
    return _answer(exchange, backend, resource, review, identity)


def _check_namespace(exchange: Exchange, spec: Mapping[str, Any], faults: list[FieldError]) -> None:
    wanted = spec.get("resourceAttributes")
    if spec.get("nonResourceAttributes"):
        faults.append(FieldError(
            "spec.nonResourceAttributes", "Invalid value", spec["nonResourceAttributes"],
            "disallowed on this kind of request",
        ))
    if wanted and wanted.get("namespace") != exchange.info.namespace:
        raise errors.bad_request(
            f"spec.resourceAttributes.namespace must match namespace: {exchange.info.namespace}"
        )


async def of_self(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Answer for the user who asks."""
    review = await _read(exchange, backend, resource)
    _refuse(resource, _spec_faults(review["spec"]))
    return _answer(exchange, backend, resource, review, exchange.identity)


async def _read(exchange: Exchange, backend: Backend, resource: Resource) -> dict[str, Any]:
    options = write_options(exchange.request, "CreateOptions")
    review = body.read_object(exchange, resource.gvk, options.field_validation)
    review["spec"] = review.get("spec") or {}
    review.setdefault("metadata", {})
    review = versions.to_storage(resource, review)
    await create.admit(of_exchange(exchange, backend, resource, options), review)
    return review


def _spec_faults(spec: Mapping[str, Any]) -> list[FieldError]:
    if bool(spec.get("resourceAttributes")) != bool(spec.get("nonResourceAttributes")):
        return []
    both = "cannot be specified in combination with resourceAttributes"
    if spec.get("resourceAttributes"):
        return [FieldError("spec.nonResourceAttributes", "Invalid value", spec["nonResourceAttributes"], both)]
    return [FieldError("spec.resourceAttributes", "Invalid value", None, EITHER)]


def _refuse(resource: Resource, faults: list[FieldError]) -> None:
    if faults:
        raise errors.invalid(resource.group, resource.kind, "", faults)


def attributes_of(identity: Identity, spec: Mapping[str, Any]) -> Attributes:
    """Return the question that a review's spec poses."""
    wanted = spec.get("resourceAttributes")
    if not wanted:
        wanted = spec.get("nonResourceAttributes") or {}
        return Attributes(identity, wanted.get("verb", ""), path=wanted.get("path", ""))
    return Attributes(
        identity, wanted.get("verb", ""), wanted.get("resource", ""), wanted.get("group", ""),
        wanted.get("subresource", ""), wanted.get("namespace", ""), wanted.get("name", ""), wanted.get("version", ""),
        field_selector=_fields(wanted.get("fieldSelector") or {}),
    )


def _fields(selector: Mapping[str, Any]) -> str:
    """Return what a review says of fields, as far as a selector in a request could say it."""
    written = [
        f"{each.get('key')}{'=' if each.get('operator') == 'In' else '!='}{value}"
        for each in selector.get("requirements") or () for value in each.get("values") or ()
        if each.get("operator") == "NotIn" or len(each["values"]) == 1
    ]
    return selector.get("rawSelector") or ",".join(written)


def _answer(
    exchange: Exchange, backend: Backend, resource: Resource, review: dict[str, Any], identity: Identity,
) -> Response:
    verdict = backend.authorizer.decide(attributes_of(identity, review["spec"]))
    status: dict[str, Any] = {"allowed": verdict.allowed}
    if verdict.opinion is Opinion.DENY:
        status["denied"] = True
    if verdict.reason:
        status["reason"] = verdict.reason
    review["status"] = status
    return respond.plain(
        exchange, versions.from_storage(resource, review), respond.review_form(exchange), 201
    )


async def rules_of_self(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Return what the user who asks may do in a namespace, as far as rules can tell."""
    review = await _read(exchange, backend, resource)
    namespace = review["spec"].get("namespace")
    if not namespace:
        raise errors.bad_request("no namespace on request")
    identity = exchange.identity
    rules = backend.rbac.rules_for(identity, namespace)
    if "AlwaysAllow" in backend.settings.authorization_mode:
        rules = [*rules, *EVERYTHING]
    status = _listed(rbac_rules.compact(rules))
    if node_mode.node_name(identity) is not None and "Node" in backend.settings.authorization_mode:
        status["incomplete"] = True
        status["evaluationError"] = "node authorizer does not support user rule resolution"
    review["status"] = status
    return respond.plain(
        exchange, versions.from_storage(resource, review), respond.review_form(exchange), 201
    )


def _listed(rules: list[rbac_rules.Rule]) -> dict[str, Any]:
    shown = [rbac_rules.show(rule) for rule in rules]
    return {
        "resourceRules": [rule for rule in shown if "resources" in rule],
        "nonResourceRules": [rule for rule in shown if "nonResourceURLs" in rule],
        "incomplete": False,
    }


RESOURCES = {
    (f"subjectaccessreviews.{GROUP}", "create"): of_subject,
    (f"localsubjectaccessreviews.{GROUP}", "create"): of_subject,
    (f"selfsubjectaccessreviews.{GROUP}", "create"): of_self,
    (f"selfsubjectrulesreviews.{GROUP}", "create"): rules_of_self,
}
