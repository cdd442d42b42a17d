"""The API server as a whole: made from a store, a registry and settings; serves HTTPS and its own process."""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Iterable

from kubewheel.api import errors, metadata, retired
from kubewheel.api.registry import Registry
from kubewheel.api.retired import pod_presets
from kubewheel.apiserver import answers, deprecated_apis, pipeline, process_metrics
from kubewheel.apiserver.admission import chain
from kubewheel.apiserver.admission.policies import registered as policies
from kubewheel.apiserver.admission.webhooks import configurations as webhooks
from kubewheel.apiserver.aggregation import Aggregator
from kubewheel.apiserver.aggregation.registration import Registration
from kubewheel.apiserver.aggregation.services import API_SERVICES
from kubewheel.apiserver.audit import Audit
from kubewheel.apiserver.authn.authenticator import Authenticator
from kubewheel.apiserver.authn.everybody import complete
from kubewheel.apiserver.authn.service_account import ServiceAccounts
from kubewheel.apiserver.authz.abac import Abac
from kubewheel.apiserver.authz.authorizer import AlwaysAllow, AlwaysDeny, choose
from kubewheel.apiserver.authz.node import NodeMode, nodes_of_pod
from kubewheel.apiserver.authz.rbac import Rbac
from kubewheel.apiserver.authz.rbac_index import RESOURCES, RbacIndex
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.bootstrap import authentication, kubernetes_service
from kubewheel.apiserver.bootstrap.start import bootstrap
from kubewheel.apiserver.custom_resources import CustomResources
from kubewheel.apiserver.custom_resources.conversion import Conversion
from kubewheel.apiserver.custom_resources.reconciler import Reconciler
from kubewheel.apiserver.custom_resources.service import DEFINITIONS
from kubewheel.apiserver.custom_resources.webhook import WebhookCaller
from kubewheel.apiserver.event_expiry import EventExpiry
from kubewheel.apiserver.event_nodes import EventNodes
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.fairness import Fairness
from kubewheel.apiserver.fairness import configuration as flow_configuration
from kubewheel.apiserver.fairness.keeper import Keeper
from kubewheel.apiserver.follow import FollowedStore, Index
from kubewheel.apiserver.health import Health
from kubewheel.apiserver.in_flight import MaxInFlight
from kubewheel.apiserver.metrics import Metrics
from kubewheel.apiserver.nodes import NodeConnector, NoNodes
from kubewheel.apiserver.published import Published
from kubewheel.apiserver.service_allocation.addresses import Addresses
from kubewheel.apiserver.service_allocation.node_ports import NodePorts
from kubewheel.apiserver.service_allocation.services import Services
from kubewheel.apiserver.settings import ApiServerSettings
from kubewheel.apiserver.webhook_client import WebhookClient
from kubewheel.libs import connections
from kubewheel.libs.clock import Clock
from kubewheel.libs.http_listener import Listener
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Connection, Identity, Request, Response
from kubewheel.storage import Store

MAX_BODY = 3 * 1024 * 1024
STARTING = (  # Checks of what `bootstrap` makes, under the names that upstream has for them.
    "poststarthook/rbac/bootstrap-roles", "poststarthook/scheduling/bootstrap-system-priority-classes",
    "poststarthook/priority-and-fairness-config-producer", "poststarthook/start-cluster-authentication-info-controller",
    "poststarthook/kube-apiserver-autoregistration", "autoregister-completion",
)


class ApiServer:
    """Serves the Kubernetes API out of a store."""

    def __init__(
        self, store: Store, registry: Registry, settings: ApiServerSettings, clock: Clock,
        nodes: NodeConnector | None = None, *, randomness: random.Random | None = None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._started = clock.now()
        self._followed = FollowedStore(store)
        self._rbac_index = RbacIndex(store)
        self._metrics = Metrics()
        self._flow_control = _flow_control(settings, self._followed, clock)
        self._group: asyncio.TaskGroup | None = None
        self._is_ready = False
        self.audit = Audit()
        self.backend = self._build(registry, nodes or NoNodes(), randomness or random.SystemRandom())
        self.health = self.backend.health
        self._flow_keeper = Keeper(self.backend)
        self._registration = Registration(self.backend)
        self._handler = pipeline.build(
            pipeline.Parts(self.backend, self._metrics, self.audit, self._flow_control)
        )
        self._follow()

    def _build(self, registry: Registry, nodes: NodeConnector, randomness: random.Random) -> Backend:
        settings, clock, store = self.settings, self._clock, self._followed
        if settings.retired_apis:
            registry.extend(retired.resources([*registry]))
        accounts = ServiceAccounts(settings, store, clock, lambda: metadata.new_uid(randomness))
        rbac, pods_by_node = Rbac(self._rbac_index), Index(store, nodes_of_pod)
        authorizer = choose(settings.authorization_mode, {
            "AlwaysAllow": AlwaysAllow, "AlwaysDeny": AlwaysDeny, "RBAC": lambda: rbac,
            "Node": lambda: NodeMode(store, pods_by_node), "ABAC": lambda: Abac(settings.abac_policy),
        })
        health = Health()
        health.checks["etcd"] = lambda: store.fault  # Upstream's name for the store, whatever it is.
        health.checks |= dict.fromkeys(STARTING, lambda: "" if self._is_ready else "not finished")
        plugins = chain.chosen(settings)
        if chain.PRESETS in chain.names(plugins):
            registry.extend([pod_presets.resource()])
        self._webhooks = webhooks.Webhooks(store, WebhookClient(store, randomness))
        conversion = Conversion(WebhookCaller(self._webhooks.client, randomness))
        self._custom = CustomResources(store, registry, conversion)
        self._addresses = Addresses(store, settings.service_cidr, clock, randomness)
        self._ports = NodePorts(store, *settings.node_ports, randomness)
        return Backend(
            store=store, registry=registry, settings=settings, clock=clock, randomness=randomness, accounts=accounts,
            authenticator=Authenticator(settings, accounts, clock), authorizer=authorizer, rbac=rbac,
            pods_by_node=pods_by_node, event_nodes=EventNodes(), nodes=nodes,
            admission=chain.Chain(plugins), health=health,
            published=Published(registry, f"{settings.advertise_address}:{settings.advertise_port}"),
            custom=self._custom, webhooks=self._webhooks, policies=policies.Policies(store),
            metric_lines=self._metric_lines,
            aggregator=Aggregator(store, settings, clock, randomness),
            reservers={"services": Services(self._addresses, self._ports)},
            fairness=self._flow_control if isinstance(self._flow_control, Fairness) else None,
        )

    def _follow(self) -> None:
        self._followed.follow(RESOURCES, self._rbac_index)
        self._followed.follow(("pods",), self.backend.pods_by_node)
        self._followed.follow((DEFINITIONS,), self._custom)
        self.backend.aggregator.follow(self._followed)
        self._followed.follow((DEFINITIONS, API_SERVICES), self._registration)
        self._followed.follow((webhooks.MUTATING, webhooks.VALIDATING), self._webhooks)
        self._followed.follow(policies.FOLLOWED, self.backend.policies)
        if isinstance(self._flow_control, Fairness):
            flows = (flow_configuration.SCHEMAS, flow_configuration.LEVELS)
            self._followed.follow(flows, self._flow_control.configuration)
            self._followed.follow(flows, self._flow_keeper)

    def _metric_lines(self) -> Iterable[str]:
        yield from self._metrics.lines(self._flow_control.reads, self._flow_control.writes)
        yield from deprecated_apis.lines(self._metrics.answered, self.backend.registry)
        yield from self._flow_control.lines()
        yield from self.backend.aggregator.lines()
        yield from process_metrics.object_lines(self.backend.registry, self._followed)
        yield from process_metrics.lines(self._started)
        yield from self._webhooks.metrics.lines()
        yield from self.backend.policies.metric_lines()

    @property
    def cluster_ip(self) -> str:
        """The address of the `kubernetes` service."""
        return self._addresses.first

    async def bootstrap(self, *, is_made: bool = False) -> None:
        """Make what every cluster starts with; repeatable. Nothing may be served before.

        `is_made`: the store holds all of it, as made by a server of the same settings.
        """
        if not is_made:
            await bootstrap(self.backend, self._addresses, self._ports)
        self._is_ready = True

    def transport(self, identity: Identity) -> "MemoryTransport":
        """Return a transport for a component in this process that is `identity`."""
        return MemoryTransport(self, identity)

    async def handle(self, request: Request) -> Response:
        """Answer a request that came over a socket."""
        given = request.headers.get("audit-id", "")
        audit_id = given if given and given.isprintable() else metadata.new_uid(self.backend.randomness)
        return await self._handler(Exchange(request, started=self._clock.now(), audit_id=audit_id))

    async def handle_in_memory(self, request: Request) -> Response:
        """Answer a request of this process, whose identity the transport has set."""
        response = await self._handler(Exchange(request, in_memory=True, started=self._clock.now()))
        if response.upgrade is not None:
            response.connection = self._connect(response)
            response.upgrade = None
        return response

    def _connect(self, response: Response) -> Connection:
        """Return the client's end of an upgraded connection whose other end is served in the background."""
        assert self._group is not None, "streams need ApiServer.run"
        assert response.upgrade is not None
        ours, theirs = connections.connected_pair()
        create_task(self._group, _serve(response.upgrade, ours), name="upgraded-connection")
        return theirs

    async def run(self) -> None:
        """Do what has to be done in the background; never returns."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            create_task(group, self._followed.run(), name="follow-store")
            create_task(group, Reconciler(self.backend, self._custom).run(), name="custom-resources")
            create_task(group, EventExpiry(self.backend).run(), name="event-expiry")
            create_task(group, kubernetes_service.keep(self.backend, self._addresses), name="kubernetes-service")
            create_task(group, self._flow_keeper.run(), name="priority-and-fairness")
            create_task(group, authentication.keep(self.backend), name="extension-authentication")
            create_task(group, self._registration.run(), name="api-services")
            create_task(group, self.backend.aggregator.run(), name="aggregation")
            create_task(group, self._webhooks.run(), name="webhooks")

    async def serve(self, *, host: str, port: int, ssl_context: ssl.SSLContext | None) -> Listener:
        """Listen for clients; the caller closes the listener."""
        listener = Listener()
        await listener.start(
            self.handle, host=host, port=port, ssl_context=ssl_context, max_body=MAX_BODY, too_large=_too_large
        )
        return listener


class MemoryTransport:
    """Carries requests of one identity to a server in the same process, through the whole pipeline."""

    def __init__(self, server: ApiServer, identity: Identity) -> None:
        self._server = server
        self._identity = complete(identity)

    async def send(self, request: Request) -> Response:
        """Return the server's answer."""
        request.identity = self._identity
        return await self._server.handle_in_memory(request)


async def _serve(upgrade: Callable[[Connection], Awaitable[None]], connection: Connection) -> None:
    await upgrade(connection)


def _flow_control(settings: ApiServerSettings, store: Store, clock: Clock) -> Fairness | MaxInFlight:
    if settings.priority_and_fairness and settings.max_reads + settings.max_writes > 0:
        return Fairness(store, settings.max_reads, settings.max_writes, settings.request_seconds, clock)
    return MaxInFlight(settings.max_reads, settings.max_writes)


def _too_large(limit: int) -> Response:
    return answers.failure(Exchange(Request("POST", "/")), errors.too_large(limit))
