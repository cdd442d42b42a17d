"""Patches of webhooks."""

from typing import Any

from kubewheel.api import decode, errors
from kubewheel.api.apply import managers
from kubewheel.api.decode import Expected, Validation
from kubewheel.api.errors import StatusError
from kubewheel.api.patches import json_patch
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.admission.webhooks.refusals import CallingFailed
from kubewheel.apiserver.admission.webhooks.review import Answer
from kubewheel.libs.wire import Object

JSON_PATCH = "JSONPatch"
INVALID_MANAGERS = (
    ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating "
    "admission controller; please fix your requests: "
)


def operations(webhook: str, answer: Answer) -> list[Any]:
    """Return the operations of a patch; raise CallingFailed if they cannot be read."""
    if not answer.patch:
        return []
    try:
        found = decode.parse_json(answer.patch)
        if not isinstance(found, list):
            raise ValueError("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    except ValueError as error:
        reason = f"received undecodable patch in webhook response: {error}"
        raise CallingFailed(webhook, reason, 503) from error
    if found and answer.patch_type != JSON_PATCH:
        raise CallingFailed(webhook, f'unsupported patch type "{answer.patch_type}"', 400)
    return found


def apply(webhook: str, before: Object, steps: list[Any], expected: Expected) -> dict[str, Any]:
    """Return what a patch makes of an object, in its kept form; what is no object of the kind is an internal error."""
    try:
        after = json_patch.apply(before, steps)
        decode.check_depth(after)
        return decode.check(after, expected, Validation.IGNORE)[0]
    except StatusError as error:
        raise unusable(error.message) from error
    except ValueError as error:
        raise unusable(str(error)) from error


def unusable(text: str) -> StatusError:
    """Return the error for a patch that does not lead to an object."""
    return errors.internal(text.removeprefix("the server rejected our request due to an error in our request: "))


def nothing_to_change(webhook: str) -> StatusError:
    """Return the error for a patch where there is no object."""
    return errors.internal(
        f'admission webhook "{webhook}" attempted to modify the object, which is not supported for this operation'
    )


def check_managers(matter: Matter, before: Any) -> None:
    """Put the field managers back if what webhooks made of them makes no sense."""
    metadata = (matter.content or {}).get("metadata")
    if not isinstance(metadata, dict) or metadata.get("managedFields") == before:
        return
    try:
        managers.parse(metadata.get("managedFields"))
    except ValueError as error:
        matter.warn(f"{INVALID_MANAGERS}{error}")
        if before is None:
            metadata.pop("managedFields", None)
        else:
            metadata["managedFields"] = before
