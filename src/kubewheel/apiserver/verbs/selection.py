"""What a list or watch is narrowed to: namespace, name, labels, fields."""

from dataclasses import dataclass

from kubewheel.api import selectors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import versions
from kubewheel.apiserver.options import ListOptions
from kubewheel.libs.wire import Object
from kubewheel.storage import Entry

EXACT = (selectors.IN, selectors.EQUALS, selectors.DOUBLE_EQUALS)


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions on objects; `name` is the one name that can match, if the conditions say so."""

    resource: Resource
    labels: selectors.LabelSelector
    fields: selectors.FieldSelector
    name: str = ""
    node: str | None = None  # The one node whose pods can match.
    needles: tuple[bytes, ...] = ()  # What the JSON of every match contains.

    @property
    def is_everything(self) -> bool:
        """Whether all objects match."""
        return self.labels.is_empty and self.fields.is_empty

    def matches(self, stored: Object) -> bool:
        """Tell whether an object, in its stored form, matches."""
        return self.labels.matches(stored["metadata"].get("labels")) and (
            self.fields.is_empty or self.fields.matches(self._shown(stored))
        )

    def matches_entry(self, entry: Entry) -> bool:
        """Tell whether a stored object matches; most that do not are told apart without decoding them."""
        encoded = entry.encoded
        for needle in self.needles:
            if needle not in encoded:
                return False
        return self.matches(entry.object)

    def _shown(self, stored: Object) -> Object:
        if versions.is_stored_form(self.resource):
            return stored
        return versions.from_storage(self.resource, versions.copy(stored))


def of(resource: Resource, options: ListOptions, name: str = "") -> Selection:
    """Return the selection that a request's options stand for; raise 400 for one that cannot be read."""
    labels = selectors.parse_labels(options.label_selector) if options.label_selector else selectors.EVERYTHING
    fields = selectors.parse_fields(options.field_selector, resource.behaviour.selectable)
    node = fields.exact("spec.nodeName") if resource.storage_key == "pods" else None
    return Selection(
        resource, labels, fields, name or fields.exact("metadata.name") or "", node or None, _needles(labels, node),
    )


def _needles(labels: selectors.LabelSelector, node: str | None) -> tuple[bytes, ...]:
    found = [
        f'"{each.key}":"{each.values[0]}"'.encode() for each in labels.requirements
        if each.operator in EXACT and len(each.values) == 1
    ]
    if node:
        found.append(f'"nodeName":"{node}"'.encode())
    return tuple(found)
