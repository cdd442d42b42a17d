"""AdmissionReview: what a webhook is asked, and what it answers."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.api import decode
from kubewheel.api.registry import Resource
from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.plugin import Matter, Operations
from kubewheel.apiserver.options import DeleteOptions, WriteOptions
from kubewheel.apiserver.virtual.identity_reviews import user_info
from kubewheel.libs.wire import Object

GROUP = "admission.k8s.io"
KIND = "AdmissionReview"
OPTIONS = {Operations.CREATE: "CreateOptions", Operations.UPDATE: "UpdateOptions", Operations.DELETE: "DeleteOptions"}


class Malformed(Exception):
    """The answer of a webhook is none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook says. `patch` is a list of operations as sent."""

    allowed: bool
    status: Object | None
    warnings: tuple[str, ...]
    annotations: Mapping[str, str]
    patch: bytes = b""
    patch_type: str = ""


def describe(matter: Matter, target: Resource, uid: str = "") -> dict[str, Any]:
    """Return the request of a review, but for the objects."""
    kinds = (target, matter.resource)
    shown, asked = ((each, matching.kind_of(each, matter.subresource)) for each in kinds)
    described: dict[str, Any] = {"uid": uid, "kind": _kind(shown[1]), "resource": _resource(shown[0])}
    if matter.subresource:
        described["subResource"] = matter.subresource
    described |= {"requestKind": _kind(asked[1]), "requestResource": _resource(asked[0])}
    if matter.subresource:
        described["requestSubResource"] = matter.subresource
    if matter.name:
        described["name"] = matter.name
    if namespace := matching.namespace_of(matter):
        described["namespace"] = namespace
    return described | {
        "operation": str(matter.operation), "userInfo": user_info(matter.identity), "dryRun": matter.dry_run,
        "options": _options(matter),
    }


def _kind(gvk: tuple[str, str, str]) -> dict[str, str]:
    return {"group": gvk[0], "version": gvk[1], "kind": gvk[2]}


def _resource(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "version": resource.version, "resource": resource.plural}


def _options(matter: Matter) -> dict[str, Any] | None:
    kind, options = OPTIONS.get(matter.operation), matter.options
    if kind is None:
        return None
    shown: dict[str, Any] = {"kind": kind, "apiVersion": "meta.k8s.io/v1"}
    if matter.dry_run:
        shown["dryRun"] = ["All"]
    if isinstance(options, WriteOptions):
        if options.field_manager:
            shown["fieldManager"] = options.field_manager
        if options.field_validation != decode.Validation.WARN:
            shown["fieldValidation"] = options.field_validation
    elif isinstance(options, DeleteOptions):
        shown |= _delete_options(options)
    return shown


def _delete_options(options: DeleteOptions) -> dict[str, Any]:
    conditions = {"uid": options.uid, "resourceVersion": options.resource_version}
    shown = {
        "gracePeriodSeconds": options.grace_seconds, "orphanDependents": options.orphan,
        "propagationPolicy": options.policy or None,
        "preconditions": {name: value for name, value in conditions.items() if value} or None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def make(request: Mapping[str, Any], version: str, new: Object | None, old: Object | None) -> dict[str, Any]:
    """Return the review that a webhook is sent."""
    return {
        "kind": KIND, "apiVersion": f"{GROUP}/{version}", "request": {**request, "object": new, "oldObject": old},
    }


def read(review: Mapping[str, Any], uid: str, version: str, *, mutating: bool) -> Answer:
    """Return the answer in a review; raise Malformed."""
    response = review.get("response")
    if not isinstance(response, Mapping):
        raise Malformed("webhook response was absent")
    if version == "v1":
        _check_identity(review, response, uid)
    patch, patch_type = _patch(response), response.get("patchType")
    if version == "v1":
        _check_patch(patch, patch_type, mutating=mutating)
    elif not mutating:
        patch = b""
    annotations, warnings = response.get("auditAnnotations") or {}, response.get("warnings") or ()
    return Answer(
        response.get("allowed") is True, _status(response), tuple(str(each) for each in warnings),
        {str(key): str(value) for key, value in annotations.items()}, patch,
        str(patch_type or ("JSONPatch" if patch else "")),
    )


def _check_identity(review: Mapping[str, Any], response: Mapping[str, Any], uid: str) -> None:
    if (found := response.get("uid") or "") != uid:
        raise Malformed(f'expected response.uid="{uid}", got "{found}"')
    api_version, kind = str(review.get("apiVersion") or ""), review.get("kind") or ""
    if (api_version, kind) != (f"{GROUP}/v1", KIND):
        shown = api_version or "/"
        raise Malformed(f"expected webhook response of {GROUP}/v1, Kind={KIND}, got {shown}, Kind={kind}")


def _check_patch(patch: bytes, patch_type: str | None, *, mutating: bool) -> None:
    if not mutating:
        if patch:
            raise Malformed("validating webhook may not return response.patch")
        if patch_type is not None:
            raise Malformed("validating webhook may not return response.patchType")
    elif patch and patch_type is None:
        raise Malformed("webhook returned response.patch but not response.patchType")
    elif not patch and patch_type is not None:
        raise Malformed("webhook returned response.patchType but not response.patch")
    elif patch_type == "":
        raise Malformed('webhook returned invalid response.patchType of ""')


def _patch(response: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(response.get("patch") or "", validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Malformed(f"response.patch is not base64: {error}") from error


def _status(response: Mapping[str, Any]) -> Object | None:
    status = response.get("status")
    return status if isinstance(status, Mapping) else None
