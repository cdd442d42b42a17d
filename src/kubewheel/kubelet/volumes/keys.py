"""Which keys of a config map or secret become which files."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.kubelet import environment
from kubewheel.kubelet.volumes.files import DEFAULT_MODE, Content, check_path
from kubewheel.kubelet.volumes.kinds import Order, VolumeError
from kubewheel.libs.wire import Object


def default_mode(source: Mapping[str, Any]) -> int:
    """Return the mode of files that have none of their own."""
    found = source.get("defaultMode")
    return DEFAULT_MODE if found is None else int(found)


def select(
    values: Mapping[str, bytes], items: Sequence[Mapping[str, Any]], mode: int, *, optional: bool, what: str
) -> dict[str, Content]:
    """Return the files for `items`, or for all keys; raise VolumeError if a key is missing."""
    if not items:
        return {key: Content(value, mode) for key, value in values.items()}
    result: dict[str, Content] = {}
    for item in items:
        key = item["key"]
        if key not in values:
            if optional:
                continue
            known = ", ".join(sorted(values)) or "none"
            raise VolumeError(f"{what}: {key} (its keys: {known})")
        own = item.get("mode")
        result[check_path(item["path"])] = Content(values[key], mode if own is None else int(own))
    return result


def config_map_values(found: Object) -> dict[str, bytes]:
    """Return a config map's text and binary values."""
    values = {key: value.encode() for key, value in (found.get("data") or {}).items()}
    values.update({key: base64.b64decode(value) for key, value in (found.get("binaryData") or {}).items()})
    return values


def of_config_map(order: Order, source: Mapping[str, Any], mode: int) -> dict[str, Content]:
    """Return the files of a config map source."""
    found = order.supply.sources.config_map(order.pod["metadata"]["namespace"], source["name"])
    optional = bool(source.get("optional"))
    if found is None:
        if optional:
            return {}
        raise VolumeError(f'configmap "{source["name"]}" not found')
    return select(
        config_map_values(found), source.get("items") or (), mode, optional=optional,
        what="configmap references non-existent config key",
    )


def of_secret(order: Order, source: Mapping[str, Any], name: str, mode: int) -> dict[str, Content]:
    """Return the files of a secret source."""
    found = order.supply.sources.secret(order.pod["metadata"]["namespace"], name)
    optional = bool(source.get("optional"))
    if found is None:
        if optional:
            return {}
        raise VolumeError(f'secret "{name}" not found')
    return select(
        environment.decoded(found), source.get("items") or (), mode, optional=optional,
        what="references non-existent secret key",
    )
