"""Lists that are sets or maps hold nothing twice; embedded objects say what they are."""

import json
from collections.abc import Callable
from typing import Any

from kubewheel.api import metadata, names
from kubewheel.api.custom.structure import EMBEDDED, child, visit
from kubewheel.api.custom.values import ABSENT
from kubewheel.api.validation.faults import Faults, duplicate, invalid, required
from kubewheel.libs.wire import Object

LIST_TYPE, LIST_KEYS = "x-kubernetes-list-type", "x-kubernetes-list-map-keys"


def validate(obj: Object, schema: Object, old: Any = ABSENT) -> Faults:
    """Return the faults of the lists and embedded objects in `obj`."""
    if not any(word in json.dumps(schema) for word in (LIST_TYPE, EMBEDDED)):
        return []
    faults = _find(obj, schema, lambda value, part, path: (
        _validate_list(value, part, path) if isinstance(value, list) else []
    ))
    if faults and old is not ABSENT and validate(old, schema):
        faults = []  # Whoever stored it before there was the rule may go on.
    return faults + _find(obj, schema, lambda value, part, path: (
        _validate_embedded(value, path) if isinstance(value, dict) and part.get(EMBEDDED) and path else []
    ))


def _find(obj: Object, schema: Object, judge: Callable[[Any, Object, str], Faults]) -> Faults:
    faults: Faults = []

    def see(value: Any, part: Object, path: str) -> None:
        faults.extend(judge(value, part, path))

    visit(obj, schema, see)
    return faults


def _validate_list(value: list[Any], schema: Object, path: str) -> Faults:
    kind = schema.get(LIST_TYPE)
    if kind not in ("set", "map"):
        return []
    items = (schema.get("items") or {}).get("properties") or {}
    faults: Faults = []
    seen: set[str] = set()
    for index, item in enumerate(value):
        shown = item if kind == "set" else _key(item, schema.get(LIST_KEYS) or (), items)
        text = json.dumps(shown, sort_keys=True)
        if text in seen:
            faults.append(duplicate(f"{path}[{index}]", shown))
        seen.add(text)
    return faults


def _key(item: Any, keys: Any, items: Object) -> dict[str, Any]:
    if not isinstance(item, dict):
        return {}
    return {key: item[key] for key in sorted(keys) if key in item}


def _validate_embedded(value: Object, path: str) -> Faults:
    faults: Faults = []
    for name in ("apiVersion", "kind"):
        if not value.get(name):
            faults.append(required(child(path, name), "must not be empty"))
    kind = value.get("kind") or ""
    if kind and (messages := names.dns_1035_label(str(kind).lower())):
        text = "may have mixed case, but should otherwise match: " + ",".join(messages)
        faults.append(invalid(child(path, "kind"), kind, text))
    about = value.get("metadata")
    if not isinstance(about, dict):
        return faults
    here = child(path, "metadata")
    if own := about.get("name"):
        faults += [invalid(f"{here}.name", own, text) for text in names.path_segment(str(own))]
    faults += metadata.validate_labels(about.get("labels"), f"{here}.labels")
    return faults + metadata.validate_annotations(about.get("annotations"), f"{here}.annotations")
