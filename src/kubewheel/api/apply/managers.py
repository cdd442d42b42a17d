"""managedFields: the entries that say who manages which fields, and what a write makes of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from kubewheel.api.apply import field_sets, walks
from kubewheel.api.apply.field_sets import FieldSet
from kubewheel.api.apply.shapes import SYSTEM_NAMES, TYPE_NAMES, Shape
from kubewheel.libs.wire import Object

APPLY, UPDATE = "Apply", "Update"
ANCIENT: Final = "ancient-changes"
MAX_UPDATERS: Final = 10
FIELDS_V1: Final = "FieldsV1"

View = Callable[[Object, str], tuple[Shape, Object] | None]
"""Shows an object in another apiVersion, with the shape that it has there; None if that is not served any more."""


class Entry(NamedTuple):
    """What one manager manages through one operation on the object or one of its subresources.

    `stored` is the entry as managedFields shows it, as long as it says the same.
    """

    manager: str
    operation: str
    api_version: str
    fields: FieldSet
    subresource: str = ""
    time: str = ""
    stored: Mapping[str, Any] | None = None

    def managing(self, fields: FieldSet) -> "Entry":
        """Return this entry with other fields."""
        return Entry(self.manager, self.operation, self.api_version, fields, self.subresource, self.time)

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells an entry from others; an applier has one, whatever version it applies."""
        return self.manager, self.operation, "" if self.operation == APPLY else self.api_version, self.subresource

    @property
    def shown(self) -> str:
        """The manager as messages name it."""
        text = f'"{self.manager}"'
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        return text if self.operation == APPLY else f"{text} using {self.api_version}"


def read(found: Sequence[Object] | None) -> list[Entry]:
    """Return the entries of stored managedFields, which are in order."""
    return [
        Entry(
            each.get("manager", ""), each["operation"], each["apiVersion"], each.get("fieldsV1") or {},
            each.get("subresource", ""), each.get("time", ""), each,
        )
        for each in found or ()
    ]


def parse(given: Any) -> list[Entry]:
    """Return the entries that a client wrote; raise ValueError if they cannot be understood."""
    if not isinstance(given, list):
        raise ValueError("managedFields is a list")
    found: dict[tuple[str, str, str, str], Entry] = {}
    for each in given:
        entry = _parse_entry(each)
        found[entry.identity] = entry
    return list(found.values())


def _parse_entry(given: Any) -> Entry:
    if not isinstance(given, dict) or given.get("operation") not in (APPLY, UPDATE):
        raise ValueError("operation must be `Apply` or `Update`")
    if not given.get("apiVersion"):
        raise ValueError("apiVersion must not be empty")
    if given.get("fieldsType") != FIELDS_V1:
        raise ValueError("missing or invalid fieldsType in managed fields entry")
    texts = [given.get(name) or "" for name in ("manager", "subresource", "time")]
    if not all(isinstance(text, str) for text in (*texts, given["apiVersion"])):
        raise ValueError("manager, subresource, time and apiVersion must be strings")
    fields = field_sets.parse(given.get("fieldsV1") or {})
    return Entry(texts[0], given["operation"], given["apiVersion"], fields, texts[1], texts[2])


def is_reset(given: Any) -> bool:
    """Tell whether a client asks to forget all managers: by an empty list, or by one of an empty entry."""
    return isinstance(given, list) and (not given or given == [{}])


def written(entries: Iterable[Entry], shared: Callable[[FieldSet], FieldSet]) -> list[Mapping[str, Any]]:
    """Return managedFields; `shared` finds one set for all that are alike."""
    ordered = list(entries)
    if len(ordered) > 1:
        ordered.sort(key=_rank)
    return [each.stored if each.stored is not None else _written_entry(each, shared(each.fields)) for each in ordered]


def _rank(entry: Entry) -> tuple[str, ...]:
    return entry.operation, entry.time, entry.manager, entry.api_version, entry.subresource


def _written_entry(entry: Entry, fields: FieldSet) -> dict[str, Any]:
    result: dict[str, Any] = {
        "manager": entry.manager, "operation": entry.operation, "apiVersion": entry.api_version, "time": entry.time,
        "fieldsType": FIELDS_V1, "fieldsV1": fields,
    }
    if not entry.time:
        del result["time"]
    if entry.subresource:
        result["subresource"] = entry.subresource
    return result


def created(shape: Shape, content: Object, author: Entry) -> list[Entry]:
    """Return the entries of a new object: all fields belong to its author."""
    fields: dict[str, Any] = {}
    for name, item in content.items():
        if name == "metadata":
            item = {key: value for key, value in item.items() if key not in SYSTEM_NAMES}
            if not item:
                continue
        elif name in TYPE_NAMES:
            continue
        fields["f:" + name] = walks.added(shape.part(name), item)
    return [author.managing(fields)] if fields else []


def updated(entries: Sequence[Entry], old: Object, new: Object, author: Entry, view: View) -> Sequence[Entry]:
    """Return the entries after an update: what the author changed is now the author's."""
    changes = Changes(old, new, view)
    pair = changes.at(author.api_version)
    if pair is None or pair == (None, None):
        return entries
    changed = pair[0]
    own = next((each for each in entries if each.identity == author.identity), None)
    if changed is None:
        return list(changes.lost(entries))
    result = list(changes.lost(each for each in entries if each is not own))
    result.append(author.managing(_own(own, changed, pair[1])))
    return _capped(result)


def _own(before: Entry | None, changed: FieldSet, removed: FieldSet | None) -> FieldSet:
    """Return the fields of a manager after its own change."""
    left = before.fields if before is not None else None
    if left and removed is not None:
        left = field_sets.difference(left, removed)
    return field_sets.union(left, changed) if left else changed


class Changes:
    """What differs between two states of an object, in each version that managers wrote."""

    def __init__(self, old: Object, new: Object, view: View) -> None:
        self._old, self._new, self._view = old, new, view
        self._known: dict[str, walks.Pair | None] = {}

    def at(self, api_version: str) -> walks.Pair | None:
        """Return the fields that were added or changed, and those removed; None if the version is not served."""
        if api_version not in self._known:
            old, new = self._view(self._old, api_version), self._view(self._new, api_version)
            known = old is not None and new is not None
            self._known[api_version] = walks.differences(old[0], old[1], new[1]) if known else None  # type: ignore[index]
        return self._known[api_version]

    def lost(self, entries: Iterable[Entry]) -> Iterable[Entry]:
        """Yield what is left of entries when others changed and removed fields."""
        for entry in entries:
            pair = self.at(entry.api_version)
            if pair is None:
                continue
            fields: FieldSet | None = entry.fields
            for taken in pair:
                if taken is not None and fields:
                    fields = field_sets.difference(fields, taken)
            if fields:
                yield entry if fields is entry.fields else entry.managing(fields)


def _capped(entries: list[Entry]) -> list[Entry]:
    """Return the entries, the oldest updaters' joined so that there are not too many."""
    updaters = [each for each in entries if each.operation == UPDATE]
    if len(updaters) <= MAX_UPDATERS:
        return entries
    updaters.sort(key=lambda each: (each.time, each.manager))
    kept = {each.identity: each for each in entries}
    first: dict[str, Entry] = {}
    for each in updaters:
        if sum(1 for other in kept.values() if other.operation == UPDATE) <= MAX_UPDATERS:
            break
        joined = first.get(each.api_version)
        if joined is None:
            first[each.api_version] = each
            continue
        del kept[each.identity]
        kept.pop(joined.identity, None)
        joined = Entry(
            ANCIENT, UPDATE, each.api_version, field_sets.union(joined.fields, each.fields), time=each.time
        )
        first[each.api_version] = kept[joined.identity] = joined
    return list(kept.values())


def is_same_but_for_times(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether two managedFields differ in nothing, or in times only."""
    if len(one) != len(other):
        return False
    return all(
        {**mine, "time": ""} == {**theirs, "time": ""} for mine, theirs in zip(one, other, strict=True)
    )
