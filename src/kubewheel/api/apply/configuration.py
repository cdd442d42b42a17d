"""Applying a configuration: the object that it makes of the stored one, the managers, the conflicts."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from kubewheel.api.apply import field_sets, managers, merging, walks
from kubewheel.api.apply.field_sets import FieldSet
from kubewheel.api.apply.managers import Changes, Entry, View
from kubewheel.api.apply.shapes import Shape
from kubewheel.api.errors import StatusError
from kubewheel.libs.wire import Object

BEFORE: Final = "before-first-apply"
KUBECTL: Final = "kubectl"
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
ANNOTATIONS_LIMIT: Final = 256 * 1024
Conflict = tuple[Entry, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply makes: the object without managedFields, and its managers."""

    object: dict[str, Any]
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a manager applies. `author` says who, in which version, where and when; `ignored` fields do not count."""

    content: Object
    author: Entry
    view: View
    force: bool = False
    ignored: frozenset[str] = frozenset()

    def apply(self, live: Object, entries: Sequence[Entry]) -> Applied:
        """Apply to `live` (empty if there is no object yet); raise 409 on conflicts, walks.Unusable."""
        shape, shown = self._seen(live)
        content = {name: value for name, value in self.content.items() if name not in self.ignored}
        own = walks.fields_of(shape, content)
        if live and not entries:
            entries = self._before(shape, shown)
        new, others = self._merged(shape, shown, content, own, entries)
        changes = Changes(live, new, self.view)
        conflicts = sorted(_conflicts(changes, others), key=lambda each: (each[0].identity, each[1]))
        if conflicts and not self.force:
            conflicts = self._unexpected(shape, shown, conflicts)
            if conflicts:
                raise conflict(conflicts)
        result = list(changes.lost(others))
        if own:
            result.append(self.author.managing(own))
        return Applied(self._annotated(shown, new), result)

    def _seen(self, live: Object) -> tuple[Shape, Object]:
        seen = self.view(live, self.author.api_version)
        assert seen is not None, "the version that is applied is served"
        shape, shown = seen
        metadata = shown.get("metadata")
        if metadata and "managedFields" in metadata:
            kept = {name: value for name, value in metadata.items() if name != "managedFields"}
            shown = {**shown, "metadata": kept}
        return shape, shown

    def _before(self, shape: Shape, live: Object) -> list[Entry]:
        """Return the one manager of an object whose managers nobody has noted."""
        author = self.author._replace(manager=BEFORE, operation=managers.UPDATE, subresource="")
        return managers.created(shape, live, author)

    def _merged(
        self, shape: Shape, live: Object, content: Object, own: FieldSet | None, entries: Sequence[Entry],
    ) -> tuple[dict[str, Any], list[Entry]]:
        """Return the new object and the other managers."""
        last = next((each for each in entries if each.identity == self.author.identity), None)
        others = [each for each in entries if each is not last]
        new = merging.merged(shape, live, content)
        if last is None:
            return new, others
        owned: FieldSet = {"f:metadata": {}, **(own or {})}  # The name is in each configuration, whoever manages it.
        for each in others:
            # Fields of other versions count by their names: a field too many is kept rather than one too few.
            if self.view(new, each.api_version) is not None:
                owned = field_sets.union(owned, each.fields) if owned else each.fields
        gone = merging.abandoned(shape, last.fields, owned)
        return (merging.without(shape, new, gone) or {}) if gone else new, others

    def _unexpected(self, shape: Shape, live: Object, conflicts: list[Conflict]) -> list[Conflict]:
        """Return the conflicts but for those with kubectl itself, when it applied on the client's side before."""
        if self.author.manager != KUBECTL:
            return conflicts
        allowed = _last_applied(shape, live, self.author.api_version)
        return [each for each in conflicts if allowed is None or not field_sets.has(allowed, each[1])]

    def _annotated(self, live: Object, new: dict[str, Any]) -> dict[str, Any]:
        """Return the object with kubectl's note of what was applied last, if it has one."""
        annotations = (live.get("metadata") or {}).get("annotations") or {}
        if self.author.manager != KUBECTL or LAST_APPLIED not in annotations:
            return new
        metadata = new.get("metadata") or {}
        kept = {**(metadata.get("annotations") or {}), LAST_APPLIED: self._note()}
        if sum(len(key.encode()) + len(value.encode()) for key, value in kept.items()) > ANNOTATIONS_LIMIT:
            kept[LAST_APPLIED] = ""
        return {**new, "metadata": {**metadata, "annotations": kept}}

    def _note(self) -> str:
        metadata = self.content.get("metadata") or {}
        annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != LAST_APPLIED}
        kept = {**metadata, "annotations": annotations}
        if not annotations:
            del kept["annotations"]
        return orjson.dumps({**self.content, "metadata": kept}, option=orjson.OPT_SORT_KEYS).decode() + "\n"


def _conflicts(changes: Changes, others: Iterable[Entry]) -> Iterable[Conflict]:
    for entry in others:
        pair = changes.at(entry.api_version)
        common = field_sets.intersection(entry.fields, pair[0]) if pair and pair[0] is not None else None
        if common:
            for path in field_sets.leaves(common):
                yield entry, path


def _last_applied(shape: Shape, live: Object, api_version: str) -> FieldSet | None:
    """Return the fields that kubectl applied on the client's side and nobody has changed since."""
    note = ((live.get("metadata") or {}).get("annotations") or {}).get(LAST_APPLIED)
    try:
        found = json.loads(note) if note else None
        if not isinstance(found, dict) or found.get("apiVersion") != api_version:
            return None
        fields = walks.fields_of(shape, found)
    except ValueError:
        return None
    for taken in walks.differences(shape, found, live):
        if taken is not None and fields:
            fields = field_sets.difference(fields, taken)
    return fields


def conflict(conflicts: Sequence[Conflict]) -> StatusError:
    """409: other managers manage fields that the configuration would change."""
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {entry.shown}",
         "field": field_sets.path_text(path)}
        for entry, path in conflicts
    ]
    if len(conflicts) == 1:
        text = f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}"
    else:
        lines: list[str] = []
        for (entry, _), cause in zip(conflicts, causes, strict=True):
            heading = f"conflicts with {entry.shown}:"
            if heading not in lines:
                lines.append(heading)
            lines.append(f"- {cause['field']}")
        listed = "\n".join(lines)
        text = f"Apply failed with {len(conflicts)} conflicts: {listed}"
    return StatusError(409, "Conflict", text, {"causes": causes})
