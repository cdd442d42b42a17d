"""What an admission plugin is and what it decides on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.libs.wire import Identity, Object

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend
    from kubewheel.apiserver.options import DeleteOptions, WriteOptions


class Stage(IntEnum):
    """Plugins that change objects run before those that only refuse."""

    MUTATE = 1
    VALIDATE = 2


class Operations(StrEnum):
    """What is about to happen."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


def _ignore_annotation(_: str, __: str) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Rounds:
    """How often the plugins of stage MUTATE have run: twice at most, the second time after one has asked for it.

    `memory` is what plugins remember from one round to the next, by their name. `has_changed`: an outsider has changed
    the object, so what had been completed may be incomplete again.
    """

    is_second: bool = False
    wants_another: bool = False
    has_changed: bool = False
    memory: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Matter:
    """What is to be decided on. `content` may be changed by plugins of stage MUTATE; `old` is read-only.

    `annotate` adds a key and a value to the audit record of the request. `options` are those of the request.
    A plugin of stage MUTATE whose change others should look at sets `rounds.wants_another`.
    """

    operation: Operations
    resource: Resource
    subresource: str
    namespace: str
    name: str
    content: dict[str, Any] | None
    old: Object | None
    identity: Identity
    dry_run: bool
    warn: Callable[[str], None]
    annotate: Callable[[str, str], None] = _ignore_annotation
    options: "WriteOptions | DeleteOptions | None" = None
    rounds: Rounds = field(default_factory=Rounds)

    def forbidden(self, detail: str) -> errors.StatusError:
        """Return the 403 that refuses this matter."""
        metadata = (self.content or {}).get("metadata") or {}
        name = self.name or metadata.get("name") or metadata.get("generateName") or ""
        return errors.forbidden(self.resource.group, self.resource.plural, name, detail)


Admit = Callable[[Matter, "Backend"], Awaitable[None]]
WRITES = frozenset({Operations.CREATE, Operations.UPDATE})


@dataclass(frozen=True, slots=True)
class Plugin:
    """One plugin. `resources` are storage keys; empty means all."""

    name: str
    stage: Stage
    weight: int  # Lower runs earlier within a stage.
    operations: frozenset[Operations]
    admit: Admit
    resources: frozenset[str] = frozenset()
    enabled: bool = True  # By default.
    is_internal: bool = False  # Part of the server: users cannot name it to switch it off.
