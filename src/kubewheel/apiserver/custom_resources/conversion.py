"""Versions of custom objects: what was stored under another version, or under another schema, in the form of today."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson

from kubewheel.api import errors, objects
from kubewheel.api.custom import kind as kinds
from kubewheel.api.custom import structure
from kubewheel.api.custom.kind import CustomKind
from kubewheel.api.registry import Resource
from kubewheel.libs.wire import Object
from kubewheel.storage import Entry
from kubewheel.storage.protocol import Document

KEPT = 4096  # Converted objects kept, so that a list does not ask the webhook for what it has said before.
IMMUTABLE = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")


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
        others = [each for each in contents if each["apiVersion"] != target]
        if kind.webhook is None:
            for each in others:
                each["apiVersion"] = target
            return list(contents)
        if not others:
            return list(contents)
        source = others[0]["apiVersion"]
        converted = iter(await self._caller.convert(kind.webhook, others, source, target))
        return [
            each if each["apiVersion"] == target else _checked(each, next(converted), source, target)
            for each in contents
        ]


def _checked(original: Object, converted: dict[str, Any], source: str, target: str) -> dict[str, Any]:
    """Return the answer of a webhook for one object; only what may change in metadata has changed."""
    prefix = f"conversion webhook for {source}, Kind={original['kind']}"
    if converted.get("apiVersion") != target:
        raise errors.internal(f"{prefix} returned invalid converted object at index 0: invalid groupVersion "
                              f"(expected {target}, received {converted.get('apiVersion', '')})")
    if converted.get("kind") != original["kind"]:
        raise errors.internal(f"{prefix} returned invalid converted object at index 0: invalid kind "
                              f"(expected {original['kind']}, received {converted.get('kind', '')})")
    metadata, before = converted.get("metadata") or {}, original["metadata"]
    for name in ("name", "namespace", "uid"):
        if metadata.get(name) != before.get(name):
            raise errors.internal(f"{prefix} returned invalid metadata: must have the same {name}: "
                                  f"{before.get(name)} != {metadata.get(name)}")
    changed = {name: metadata[name] for name in ("labels", "annotations") if metadata.get(name)}
    kept = {name: value for name, value in before.items() if name not in ("labels", "annotations")}
    return {**converted, "metadata": {**kept, **changed}}
