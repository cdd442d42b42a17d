"""Controller: the description that the engine runs."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kubewheel.client.informer import IndexFunction
from kubewheel.libs.wire import Object
from kubewheel.reconcile.outcome import Outcome
from kubewheel.reconcile.world import Key, World

SHARED = "*"


class Change(NamedTuple):
    """One change of a watched object: ADDED (no `old`), MODIFIED, or DELETED (no `new`)."""

    type: str
    new: Object | None
    old: Object | None

    @property
    def object(self) -> Object:
        """The object as it is, or as it last was."""
        found = self.new if self.new is not None else self.old
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Maps:
    """Changes of `kind` concern the keys that `keys` returns; `fields` narrows what is watched at all."""

    kind: str
    keys: Callable[[World, Change], Iterable[Key]]
    fields: str = ""


@dataclass(frozen=True, slots=True)
class Controller:
    """Keeps objects of `watches` in order.

    A key is reconciled when its object changes, when an object of a kind in `owns` changes that names it as its
    controller, and when `maps` say so. `ignores` leaves out changes of the watched object that cannot matter.
    Without `watches`, keys are whatever the maps return. `first` are keys to reconcile once at the start. `identity` is
    the user in whose name it writes (`SHARED`: whoever reads for all), `component` the source of its events; both
    default from `name`.
    """

    name: str
    watches: str
    reconcile: Callable[[Key, World], Awaitable[Outcome]]
    owns: tuple[str, ...] = ()
    maps: tuple[Maps, ...] = ()
    indexes: Mapping[str, Mapping[str, IndexFunction]] = field(default_factory=dict)
    first: tuple[Key, ...] = ()
    workers: int = 5
    ignores: Callable[[Change], bool] | None = None
    identity: str = ""
    component: str = ""
