"""Versions of custom objects: what was stored under another version, or under another schema, in the form of today."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson

from kubewheel.api import errors, objects
from kubewheel.api.custom import kind as kinds
from kubewheel.api.custom import structure
from kubewheel.api.custom.kind import CustomKind
from kubewheel.api.metadata import validate_annotations, validate_labels
from kubewheel.api.registry import Resource
from kubewheel.libs.wire import Object
from kubewheel.storage import Entry
from kubewheel.storage.protocol import Document

KEPT = 4096  # Converted objects kept, so that a list does not ask the webhook for what it has said before.
LABELS = ("labels", "annotations")  # All that a webhook may change in metadata.


class Caller(Protocol):
    """Asks webhooks."""

    async def convert(
        self, webhook: Mapping[str, Any], items: Sequence[Object], source: str, target: str
    ) -> list[dict[str, Any]]:
        """Return the objects in the apiVersion `target`; raise a StatusError."""
        ...


class Conversion:
    """Converts objects on their way out of the store and into it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._kept: OrderedDict[tuple[str, int, CustomKind], Entry] = OrderedDict()

    async def ready(self, resource: Resource, entries: Sequence[Entry]) -> list[Entry]:
        """Return stored objects in the form that `resource` shows."""
        kind = kinds.of(resource)
        if kind is None:
            return list(entries)
        if kind.version == resource.storage_version and all(entry.revision > kind.since for entry in entries):
            return list(entries)  # Written since the definition took its form: already right.
        return await self._convert_entries(resource, kind, entries)

    async def _convert_entries(self, resource: Resource, kind: CustomKind, entries: Sequence[Entry]) -> list[Entry]:
        contents = [objects.copy(entry.object) for entry in entries]
        if kind.webhook is not None:
            known = [self._kept.get((str(each["metadata"].get("uid")), entry.revision, kind))
                     for each, entry in zip(contents, entries, strict=True)]
            if all(known):
                return [each for each in known if each is not None]
        converted = await self.convert(kind, contents, resource.api_version)
        made = []
        for entry, content in zip(entries, converted, strict=True):
            structure.prune(content, kind.schema)
            structure.fill(content, kind.schema)
            encoded = orjson.dumps(content)
            made.append(Entry(entry.key, entry.revision, Document(content), encoded))
            if kind.webhook is not None:
                self._keep((str(content["metadata"].get("uid")), entry.revision, kind), made[-1])
        return made

    def _keep(self, key: tuple[str, int, CustomKind], entry: Entry) -> None:
        self._kept[key] = entry
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def at_rest(self, resource: Resource, content: dict[str, Any]) -> dict[str, Any]:
        """Return an object in the form in which it is stored."""
        kind = kinds.of(resource)
        if kind is None or content["apiVersion"] == resource.storage_api_version:
            return content
        return (await self.convert(kind, [content], resource.storage_api_version))[0]

    async def convert(
        self, kind: CustomKind, contents: Sequence[dict[str, Any]], target: str
    ) -> list[dict[str, Any]]:
        """Return objects of any versions in the apiVersion `target`."""
        if kind.webhook is None:
            for each in contents:
                each["apiVersion"] = target
            return list(contents)
        made = list(contents)
        # One question for each version, whatever the order in which the objects stand.
        for source in dict.fromkeys(each["apiVersion"] for each in contents if each["apiVersion"] != target):
            places = [place for place, each in enumerate(contents) if each["apiVersion"] == source]
            batch = [contents[place] for place in places]
            converted = await self._caller.convert(kind.webhook, batch, source, target)
            for index, (place, answer) in enumerate(zip(places, converted, strict=True)):
                made[place] = _checked(contents[place], answer, index, target)
        return made


def _checked(original: Object, converted: Any, index: int, target: str) -> dict[str, Any]:
    """Return the answer of a webhook for one object; only what may change in metadata has changed."""
    prefix = f"conversion webhook for {original['apiVersion']}, Kind={original['kind']} returned invalid"
    here = f"{prefix} converted object at index {index}"
    if not isinstance(converted, dict):
        raise errors.internal(f"{here}: the object is no JSON object")
    for name, word, wanted in (
        ("apiVersion", "groupVersion", target), ("kind", "kind", original["kind"]),
    ):
        if converted.get(name) != wanted:
            raise errors.internal(f"{here}: invalid {word} (expected {wanted}, received {converted.get(name) or ''})")
    metadata, before = converted.get("metadata"), original["metadata"]
    if not isinstance(metadata, dict):
        raise errors.internal(f"{prefix} metadata in object at index {index}: missing metadata in converted object")
    for name in ("name", "namespace", "uid"):
        if metadata.get(name) != before.get(name):
            raise errors.internal(
                f"{here}: must have the same {name}: {before.get(name) or ''} != {metadata.get(name) or ''}"
            )
    changed = {name: metadata[name] for name in LABELS if metadata.get(name)}
    if fault := _label_fault(changed):
        raise errors.internal(f"{prefix} metadata in object at index {index}: {fault}")
    kept = {name: value for name, value in before.items() if name not in LABELS}
    return {**converted, "metadata": {**kept, **changed}}


def _label_fault(changed: Mapping[str, Any]) -> str:
    """Return what is wrong with labels and annotations that a webhook has made, or nothing."""
    for name, value in changed.items():
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            return f"metadata.{name} is no map of strings"
    faults = [
        *validate_labels(changed.get("labels"), "metadata.labels"),
        *validate_annotations(changed.get("annotations"), "metadata.annotations"),
    ]
    return str(faults[0]) if faults else ""
