"""A pool of field sets: objects that are made alike share them, which keeps those in memory small."""

from kubewheel.api.apply.field_sets import FieldSet
from kubewheel.libs import kept_json

CAPACITY = 1024  # Sets; when it is full it begins anew, and what is in use stays shared by those who have it.


class Pool:
    """Field sets by what they say."""

    def __init__(self) -> None:
        self._known: dict[bytes, FieldSet] = {}

    def shared(self, fields: FieldSet) -> FieldSet:
        """Return `fields`, or a set like it that was here before."""
        name = kept_json.dumps(fields)
        found = self._known.get(name)
        if found is None:
            if len(self._known) >= CAPACITY:
                self._known.clear()
            found = self._known[name] = fields
        return found
