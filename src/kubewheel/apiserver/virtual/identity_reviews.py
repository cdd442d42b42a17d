"""SelfSubjectReview and TokenReview: who is this?"""

from typing import Any

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, respond
from kubewheel.apiserver.authn.everybody import complete
from kubewheel.apiserver.backend import Backend, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import write_options
from kubewheel.apiserver.verbs import create
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Identity, Response

GROUP = "authentication.k8s.io"


def user_info(identity: Identity) -> dict[str, Any]:
    """Return `identity` in the form of the API."""
    info: dict[str, Any] = {"username": identity.name}
    if identity.uid:
        info["uid"] = identity.uid
    if identity.groups:
        info["groups"] = list(identity.groups)
    if identity.extra:
        info["extra"] = {key: list(values) for key, values in identity.extra.items()}
    return info


async def of_self(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Return who asks."""
    options = write_options(exchange.request, "CreateOptions")
    review = body.read_object(exchange, resource.gvk, options.field_validation)
    await create.admit(of_exchange(exchange, backend, resource, options), review)
    review["metadata"] = {"creationTimestamp": rfc3339(backend.clock.now())}
    review["status"] = {"userInfo": user_info(exchange.identity)}
    return respond.plain(exchange, review, respond.review_form(exchange), 201)


async def of_token(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Return whom a token stands for."""
    options = write_options(exchange.request, "CreateOptions")
    review = body.read_object(exchange, resource.gvk, options.field_validation)
    await create.admit(of_exchange(exchange, backend, resource, options), review)
    spec = review.get("spec") or {}
    if not spec.get("token"):
        raise errors.bad_request("token is required for TokenReview in authentication")
    audiences = spec.get("audiences") or ()
    bearer = backend.authenticator.identify_token(spec["token"], audiences)
    review.setdefault("metadata", {})
    if bearer is None:
        review["status"] = {"user": {}, "error": "invalid bearer token"}
    else:
        review["status"] = {
            "authenticated": True, "user": user_info(complete(bearer.identity)), "audiences": list(bearer.audiences),
        }
    return respond.plain(exchange, review, respond.review_form(exchange), 201)


RESOURCES = {
    (f"selfsubjectreviews.{GROUP}", "create"): of_self,
    (f"tokenreviews.{GROUP}", "create"): of_token,
}
