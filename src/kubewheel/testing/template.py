"""Templates: what every cluster starts with, made once in a process and shared, read-only, by all that follow."""

from dataclasses import dataclass

from kubewheel.libs.wire import Object
from kubewheel.storage.snapshot_file import State


@dataclass(frozen=True, slots=True)
class Template:
    """A made state. `objects` keeps the decoded forms alive, so that they are decoded once."""

    state: State
    objects: tuple[Object, ...]


class Templates:
    """The states made so far, by what decides them."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Template] = {}

    def find(self, key: tuple[object, ...]) -> Template | None:
        """Return the template for `key`, if it has been made."""
        return self._made.get(key)

    def keep(self, key: tuple[object, ...], state: State) -> None:
        """Keep `state` for clusters to come."""
        self._made[key] = Template(state, tuple(entry.object for entry in state.entries))


PROCESS = Templates()  # Shared by all clusters of the process: sharing is its purpose.
