"""Checks that every write of an object passes, whatever verb writes it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from kubewheel.api import errors
from kubewheel.api.errors import FieldError, Ratcheted
from kubewheel.api.registry import Resource
from kubewheel.libs.patience import unhurried
from kubewheel.libs.wire import Object

SIZE_LIMIT = 1_572_864  # Bytes of one request to etcd; what upstream can store at most.


def match_namespace(content: dict[str, Any], namespace: str) -> None:
    """Set the object's namespace to the request's; raise 400 if it names another."""
    metadata = content.setdefault("metadata", {})
    if not namespace:
        metadata.pop("namespace", None)
    elif metadata.get("namespace") not in (None, "", namespace):
        raise errors.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    else:
        metadata["namespace"] = namespace


def match_name(content: Mapping[str, Any], name: str) -> None:
    """Raise 400 unless the object has the name that the URL says."""
    found = (content.get("metadata") or {}).get("name") or ""
    if not found:
        raise errors.bad_request(
            f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )
    if found != name:
        raise errors.bad_request(f"the name of the object ({found}) does not match the name on the URL ({name})")


def refuse(resource: Resource, name: str, faults: Sequence[FieldError]) -> None:
    """Raise 422 if there are faults."""
    if faults:
        raise errors.invalid(resource.group, resource.kind, name, faults)


async def judged(judge: Callable[[], Sequence[FieldError]], warn: Callable[[str], None]) -> list[FieldError]:
    """Return the faults that rules find, those that an update is not to blame for told as warnings."""
    faults: list[FieldError] = []
    for fault in await unhurried(judge):
        if isinstance(fault, Ratcheted):
            warn(str(fault))
        else:
            faults.append(fault)
    return faults


def preconditions(
    resource: Resource, stored: Object, uid: str, resource_version: str = "",
) -> None:
    """Raise 409 unless the stored object is the one that the caller means."""
    metadata = stored["metadata"]
    if uid and metadata.get("uid") != uid:
        raise errors.conflict(
            resource.group, resource.plural, metadata["name"],
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: {metadata.get('uid', '')}",
        )
    if resource_version and metadata.get("resourceVersion") != resource_version:
        raise errors.conflict(
            resource.group, resource.plural, metadata["name"],
            f"Precondition failed: ResourceVersion in precondition: {resource_version}, "
            f"ResourceVersion in object meta: {metadata.get('resourceVersion', '')}",
        )


def size(content: Object) -> None:
    """Raise what upstream answers when etcd refuses a request for its size.

    Only objects that hold bulk data are measured: it costs an encoding.
    """
    if ("data" in content or "binaryData" in content) and len(orjson.dumps(content)) > SIZE_LIMIT:
        raise errors.StatusError(500, "", "etcdserver: request is too large")
