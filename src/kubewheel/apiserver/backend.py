"""What handlers of requests work with: the store and everything that stands around it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakValueDictionary

from kubewheel.api.apply.managers import Entry
from kubewheel.api.apply.pool import Pool
from kubewheel.api.registry import Registry, Resource
from kubewheel.apiserver.authn.authenticator import Authenticator
from kubewheel.apiserver.authn.service_account import ServiceAccounts
from kubewheel.apiserver.authz.authorizer import Authorizer
from kubewheel.apiserver.authz.rbac import Rbac
from kubewheel.apiserver.event_nodes import EventNodes
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.follow import FollowedStore, Index
from kubewheel.apiserver.health import Health
from kubewheel.apiserver.manager_names import of_user_agent
from kubewheel.apiserver.options import NO_OPTIONS, WriteOptions
from kubewheel.apiserver.settings import ApiServerSettings
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Identity, Object, Response
from kubewheel.storage import Entry as Stored
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.admission.chain import Chain
    from kubewheel.apiserver.admission.policies.registered import Policies
    from kubewheel.apiserver.admission.webhooks.configurations import Webhooks
    from kubewheel.apiserver.aggregation import Aggregator
    from kubewheel.apiserver.custom_resources import CustomResources
    from kubewheel.apiserver.fairness import Fairness
    from kubewheel.apiserver.nodes import NodeConnector
    from kubewheel.apiserver.published import Published


class Reservation(Protocol):
    """Something taken for an object that is about to be written."""

    async def commit(self) -> None:
        """The object was written: give back what its predecessor held and it does not."""
        ...

    async def cancel(self) -> None:
        """The object was not written: give back what was taken for it."""
        ...


class Reserver(Protocol):
    """Fills fields of an object from something that only one object may hold at a time: addresses, ports."""

    async def reserve(self, content: dict[str, Any], old: Object | None, *, dry_run: bool) -> Reservation:
        """Take what `content` asks for and write it there; `content` None-like deletes are `release`."""
        ...

    async def release(self, old: Object) -> None:
        """Give back what the deleted object `old` held."""
        ...


@dataclass(slots=True)
class Backend:
    """The parts that a request meets after authorization."""

    store: FollowedStore
    registry: Registry
    settings: ApiServerSettings
    clock: Clock
    randomness: random.Random
    accounts: ServiceAccounts
    authenticator: Authenticator
    authorizer: Authorizer
    rbac: Rbac
    pods_by_node: Index
    event_nodes: EventNodes
    nodes: "NodeConnector"
    admission: "Chain"
    health: Health
    published: "Published"
    metric_lines: Callable[[], Iterable[str]]
    custom: "CustomResources"
    webhooks: "Webhooks"
    policies: "Policies"
    aggregator: "Aggregator"
    reservers: Mapping[str, Reserver] = field(default_factory=dict)
    fairness: "Fairness | None" = None
    field_sets: Pool = field(default_factory=Pool)
    charging: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)  # By namespace.

    async def ready(self, resource: Resource, entry: Stored) -> Stored:
        """Return a stored object that can be shown as `resource`; only custom ones may need work for it."""
        return entry if resource.custom is None else await self.custom.ready(resource, entry)

    async def all_ready(self, resource: Resource, entries: Sequence[Stored]) -> Sequence[Stored]:
        """Do for several what `ready` does for one."""
        return entries if resource.custom is None else await self.custom.conversion.ready(resource, entries)

    async def at_rest(self, resource: Resource, content: dict[str, Any]) -> dict[str, Any]:
        """Return a custom object, in the form of `resource`, as it is stored; all others are in that form already."""
        return content if resource.custom is None else await self.custom.at_rest(resource, content)


ITSELF = Identity(name="system:apiserver", groups=("system:masters",))
OWN_MANAGER = "kube-apiserver"


def ignore_warning(_: str) -> None:
    """Tell nobody."""


def ignore_annotation(_: str, __: str) -> None:
    """Keep it to yourself."""


@dataclass(slots=True)
class Operation:
    """One thing done to one resource: by a request, or by the server itself.

    `manager` becomes the manager of fields that change. An apply sets `applied`: the managers that it leaves.
    """

    backend: Backend
    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    identity: Identity = ITSELF
    options: WriteOptions = NO_OPTIONS
    warn: Callable[[str], None] = ignore_warning
    manager: str = OWN_MANAGER
    applied: Sequence[Entry] | None = None
    annotate: Callable[[str, str], None] = ignore_annotation

    @property
    def key(self) -> Key:
        """Where the object lies."""
        return Key(self.resource.storage_key, self.namespace, self.name)


def of_exchange(
    exchange: Exchange, backend: Backend, resource: Resource, options: WriteOptions = NO_OPTIONS
) -> Operation:
    """Return the operation that a request asks for."""
    info = exchange.info
    return Operation(
        backend, resource, info.namespace if resource.namespaced else "", info.name, info.subresource,
        exchange.identity, options, exchange.warn,
        options.field_manager or of_user_agent(exchange.request.headers.get("user-agent", "")),
        annotate=exchange.annotations.__setitem__,
    )


Verb = Callable[[Exchange, Backend, Resource], Awaitable[Response]]
