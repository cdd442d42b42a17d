"""Cluster: a whole Kubernetes cluster within the running event loop, and all that a test does with it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from kubewheel.api.errors import from_status
from kubewheel.api.registry import Resource
from kubewheel.api.selectors import parse_labels
from kubewheel.apiserver import versions
from kubewheel.client import Client
from kubewheel.client.answers import content
from kubewheel.kubelet.simulated.behaviour import Behaviour
from kubewheel.libs import tls
from kubewheel.libs.wire import Object, Request
from kubewheel.storage import Compacted, snapshot_file
from kubewheel.testing import kinds, libraries, manifests, running, summary, template
from kubewheel.testing.clock import Time
from kubewheel.testing.endpoint import Access
from kubewheel.testing.faults import CLIENTS, Fault
from kubewheel.testing.nodes_control import NodesControl
from kubewheel.testing.options import Options, choose
from kubewheel.testing.running import Running
from kubewheel.testing.scripts import Act, Role, Script
from kubewheel.testing.settling import PATIENCE_SECONDS, Report, Settler

__tracebackhide__ = True  # See `thread`.
SETTLE_SECONDS = 10.0
DEFAULT = "default"
MANAGER = "kubewheel-test"  # Of the fields that tests apply.
DEFINITION = "CustomResourceDefinition"


class Cluster(NodesControl):
    """A cluster of its own; `async with Cluster(Options(nodes=2)) as cluster`."""

    def __init__(self, options: Options | None = None, **wanted: Any) -> None:
        self.options = choose(options, wanted)
        self._main: asyncio.Task[None] | None = None
        self._told: BaseException | None = None  # What ended the cluster, if the test has been told.
        self._inside: Running | None = None

    # Life.

    async def __aenter__(self) -> "Cluster":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start, and return when everything has settled and the manifests are loaded."""
        try:
            await self._start()
        except BaseException:
            with suppress(Exception):
                await self.stop()
            raise

    async def _start(self) -> None:
        clock, state, key = running.begin(self.options)
        if state is None and not self.options.containers:
            await _make_template(self.options, key)
            clock, state, key = running.begin(self.options)
        self.clock = Time(clock, self.settle)
        self._inside = Running(self.options, state, self.clock)
        self._settler = Settler(self._inside.parts.busy, self._quiet, self._report)
        started = asyncio.Event()
        loop = asyncio.get_running_loop()
        # A task of its own: fixtures may start and stop the cluster from different tasks.
        self._main = loop.create_task(self._inside.run(started, self._settler), name="kubewheel")
        waiting = loop.create_task(started.wait(), name="kubewheel-started")
        await asyncio.wait((self._main, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        self._check()
        if self.options.load:
            await self.apply(self.options.load)
            await self.settle()

    async def stop(self) -> None:
        """End everything; repeatable. Raise what nobody has been told yet: from scripts, or from the cluster itself."""
        main, self._main = self._main, None
        if main is None:
            return
        main.cancel()
        await asyncio.wait((main,))
        if not main.cancelled() and (error := main.exception()) is not None and error is not self._told:
            raise error
        self._raise_failures()

    @property
    def inside(self) -> Running:
        """What the cluster consists of."""
        if self._inside is None:
            raise RuntimeError("the cluster has not been started; use `async with Cluster()`")
        return self._inside

    def _check(self) -> None:
        """Raise what ended the cluster, if something did."""
        if self._main is not None and self._main.done() and not self._main.cancelled():
            error = self._main.exception()
            if error is not None:
                self._told = error
                raise error

    def _raise_failures(self) -> None:
        """Raise what a test's scripts have raised: they are asked by the nodes, not by the test."""
        failures = self.inside.parts.cast.failures
        if failures:
            error = failures[0]
            failures.clear()
            raise error

    # Time.

    async def settle(
        self, *, patience: float = PATIENCE_SECONDS, seconds: float = SETTLE_SECONDS, quiet_seconds: float = 0.0
    ) -> Report:
        """Return once nothing is left to do; raise NotSettled after `seconds` of real time.

        Time moves by at most `patience`, for what was refused and is tried again. `quiet_seconds`: wait also until no
        client has asked anything for so long (real time), for operators that run beside the cluster.
        """
        self._check()
        report = await self._settler.settle(self.clock, patience, seconds, quiet_seconds)
        self._check()
        self._raise_failures()
        return report

    def _quiet(self) -> float:
        return asyncio.get_running_loop().time() - self.inside.server.last_request

    def _report(self, busy: Mapping[str, int]) -> Report:
        parts = self.inside.parts
        return Report(self.revision, busy, parts.retrying, parts.failing, self.clock.next_deadline())

    # Objects.

    @property
    def client(self) -> Client:
        """Our client, in memory, with all rights."""
        return self.inside.client

    @property
    def revision(self) -> int:
        """The revision of the newest write."""
        return self.inside.store.revision

    def resource(self, kind: str) -> Resource:
        """Return the resource that `kind` means: Pod, pods, po, Deployment.apps, …"""
        return kinds.resolve(self.inside.registry, kind)

    async def apply(self, source: manifests.Source, *, namespace: str = DEFAULT) -> list[Object]:
        """Apply the objects of `source` (YAML, paths, mappings) on the server's side; nameless ones are created."""
        done, objects = [], manifests.read(source, self.options.folder)
        for wanted, following in zip(objects, [*objects[1:], {}], strict=True):
            done.append(await self._apply(wanted, namespace))
            if wanted["kind"] == DEFINITION != following.get("kind"):
                await self.settle()  # Kinds are served once their definitions are established.
        return done

    async def _apply(self, wanted: Mapping[str, Any], namespace: str) -> Object:
        resource = self.client.resource(_kind_of(wanted))
        metadata = {name: value for name, value in wanted["metadata"].items() if name != "managedFields"}
        if resource.namespaced:
            metadata["namespace"] = metadata.get("namespace") or namespace
        if not metadata.get("name"):
            return await self.client.create({**wanted, "metadata": metadata})
        return await self.client.apply({**wanted, "metadata": metadata}, manager=MANAGER, force=True)

    async def get(self, kind: str, name: str, namespace: str = DEFAULT) -> Object:
        """Return one object; raise StatusError 404."""
        resource = self.resource(kind)
        return await self.client.get(resource.qualified_kind, name, namespace if resource.namespaced else "")

    async def list(
        self, kind: str, namespace: str = "", *, labels: str = "", fields: str = "", owner: str = ""
    ) -> list[Object]:
        """Return objects, by default of all namespaces; `owner`: of those that an object of that name owns."""
        found = await self.client.list(self.resource(kind).qualified_kind, namespace, labels=labels, fields=fields)
        return [each for each in found.items if not owner or owner in _owners(each)]

    async def one(
        self, kind: str, namespace: str = "", *, labels: str = "", fields: str = "", owner: str = ""
    ) -> Object:
        """Return the only object that fits; raise LookupError when it is not the only one."""
        found = await self.list(kind, namespace, labels=labels, fields=fields, owner=owner)
        if len(found) != 1:
            names = ", ".join(each["metadata"]["name"] for each in found)
            raise LookupError(f"expected one {kind}, found {len(found)}: {names or 'none'}")
        return found[0]

    async def wait_for(
        self, kind: str, name: str, namespace: str = DEFAULT, *, fits: Callable[[Object], Any] = bool,
        seconds: float = SETTLE_SECONDS,
    ) -> Object:
        """Return an object once it exists and `fits`: for what happens outside, within `seconds` of real time."""
        resource = self.resource(kind)
        place = namespace if resource.namespaced else ""
        changes = self.client.watch(resource.qualified_kind, place, fields=f"metadata.name={name}")
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), aclosing(changes) as events:
                async for event in events:
                    if event.type in ("ADDED", "MODIFIED") and fits(event.object):
                        return event.object
        raise LookupError(f"no {kind} {name} has been as wanted within {seconds:g} s")

    async def delete(self, target: str | Object, name: str = "", namespace: str = DEFAULT) -> None:
        """Delete an object, given itself or by kind and name."""
        if not isinstance(target, str):
            kind, metadata = _kind_of(target), target["metadata"]
            await self.client.delete(kind, metadata["name"], metadata.get("namespace", ""))
            return
        resource = self.resource(target)
        await self.client.delete(resource.qualified_kind, name, namespace if resource.namespaced else "")

    async def logs(self, pod: str, namespace: str = DEFAULT, *, container: str = "") -> str:
        """Return what a pod has logged; raise StatusError."""
        query = {"container": [container]} if container else {}
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
        response = await self.client.send(Request("GET", path, query))
        text = (await content(response)).decode()
        if response.status >= 400:
            raise from_status(orjson.loads(text))
        return text

    # State.

    async def snapshot(self, path: str | Path) -> None:
        """Write the whole state to `path`; `Options.snapshot` begins with it."""
        await self.settle()
        self.dump(path)

    def dump(self, path: str | Path) -> None:
        """Write the whole state to `path` as it is at this moment, settled or not."""
        tls.write_private(Path(path), snapshot_file.encode(self.inside.state()))

    def summary(self) -> str:
        """Return a page on the state: time, who is at work, what fails, pods, what was warned of; for people."""
        return summary.write(self.inside, self.clock.now())

    @classmethod
    def from_snapshot(cls, path: str | Path, **wanted: Any) -> "Cluster":
        """Return a cluster that begins with the state in `path`, at its revision and time."""
        return cls(Options(snapshot=path, **wanted))

    async def list_at(self, revision: int, kind: str, namespace: str = "", *, labels: str = "") -> Sequence[Object]:
        """Return objects as they were at an earlier revision; raise LookupError if that is not kept any more."""
        resource, selector = self.resource(kind), parse_labels(labels)
        if not 0 < revision <= self.revision:
            raise LookupError(f"there is no revision {revision}; the newest is {self.revision}")
        try:
            found = self.inside.store.list(resource.storage_key, namespace, revision=revision).entries
        except Compacted as error:
            raise LookupError(f"revision {revision} is not kept any more; the oldest is {error.oldest}") from error
        objects = [versions.shown(resource, entry) for entry in found]
        return [each for each in objects if selector.matches(each["metadata"].get("labels") or {})]

    async def get_at(self, revision: int, kind: str, name: str, namespace: str = DEFAULT) -> Object | None:
        """Return one object as it was at an earlier revision; None if it did not exist."""
        place = namespace if self.resource(kind).namespaced else ""
        found = await self.list_at(revision, kind, place)
        return next((each for each in found if each["metadata"]["name"] == name), None)

    def compact(self) -> None:
        """Forget all history: clients that go on from an earlier revision get 410 and have to list again."""
        self.inside.store.compact()

    # Faults.

    def fail(self, verb: str = "*", resource: str = "*", **fault: Any) -> Fault:
        """Let requests fail, wait or break off; see Fault for what can be said."""
        kinds.check_pattern(self.inside.registry, resource)
        return self.inside.server.faults.add(Fault(verb=verb, resource=resource, **fault))

    async def wait_watched(self, resource: str, *, by: str = CLIENTS, seconds: float = SETTLE_SECONDS) -> None:
        """Return once a client watches `resource`: it has listed, and sees what changes from now on."""
        kinds.check_pattern(self.inside.registry, resource)
        try:
            async with asyncio.timeout(seconds):
                while not self.inside.store.watches(resource, by):
                    self.inside.store.watch_begun.clear()
                    await self.inside.store.watch_begun.wait()
        except TimeoutError:
            raise LookupError(f"nobody has watched {resource} within {seconds:g} s") from None

    def drop_watches(self, resource: str = "*", *, by: str = CLIENTS) -> int:
        """End the running watches of `resource`, as servers do now and then; return how many."""
        kinds.check_pattern(self.inside.registry, resource)
        watches = self.inside.store.watches(resource, by)
        for watch in watches:
            watch.close()
        return len(watches)

    def expire_watches(self, resource: str = "*", *, by: str = CLIENTS) -> int:
        """Tell the running watches of `resource` that they have fallen behind (410); return how many."""
        kinds.check_pattern(self.inside.registry, resource)
        watches = self.inside.store.watches(resource, by)
        self.compact()
        for watch in watches:
            watch.lose(self.revision)
        return len(watches)

    @contextmanager
    def away(self, *, by: str = CLIENTS) -> Iterator[Fault]:
        """Let the API be away: connections break without an answer, running watches end."""
        with self.fail(drop="before", times=None, by=by) as fault:
            self.drop_watches(by=by)
            yield fault

    # Pods.

    def simulate(self, act: Act | Script | type[Script] | Behaviour, **fits: str) -> Role:
        """Let `act` say what containers do that fit: labels, namespace, name, image, container (patterns).

        It holds for pods that start from now on.
        """
        self._nodes()
        role = Role(act, **fits)
        self.inside.parts.cast.add(role)
        return role

    async def import_images(self, archive: bytes | str | Path) -> None:
        """Make the images of an OCI or docker archive (its content or its path) known to the node with containers."""
        containers = self.inside.containers
        if containers is None:
            raise LookupError("this cluster has no containers; ask for them with containers=True")
        await containers.import_images(archive if isinstance(archive, bytes) else Path(archive).read_bytes())

    # The outside.

    async def listen(self) -> Access:
        """Open the HTTPS port, unless that is done already, and return what clients need."""
        return await self.inside.endpoint.open(self.inside.server)

    @property
    def access(self) -> Access:
        """What clients need, once `listen` was awaited."""
        access = self.inside.endpoint.access
        if access is None:
            raise RuntimeError("the cluster has no port yet: `await cluster.listen()` opens it")
        return access

    @property
    def url(self) -> str:
        """Where the port is, once `listen` was awaited."""
        return self.access.url

    @property
    def kubeconfig(self) -> Path:
        """A client configuration with all rights, once `listen` was awaited."""
        return self.access.kubeconfig

    async def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl and return what it printed; raise KubectlError if it failed."""
        access = await self.listen()
        return await asyncio.to_thread(libraries.kubectl, access, arguments, stdin)


def _kind_of(wanted: Object) -> str:
    group, slash, _ = wanted["apiVersion"].rpartition("/")
    return f"{wanted['kind']}.{group}" if slash else str(wanted["kind"])


def _owners(found: Object) -> set[str]:
    return {each["name"] for each in found["metadata"].get("ownerReferences") or ()}


async def _make_template(options: Options, key: tuple[object, ...]) -> None:
    """Make the state that clusters with these options begin with, by a cluster that serves nobody."""
    plain = replace(options, nodes=0, controllers=options.has_controllers, load=(), heartbeats=False, fleet={})
    clock = running.begin(plain)[0]
    maker = Cluster(plain)
    maker.clock = Time(clock, maker.settle)
    maker._inside = inside = Running(plain, None, maker.clock)
    maker._settler = settler = Settler(inside.parts.busy, maker._quiet, maker._report)
    started = asyncio.Event()
    main = asyncio.get_running_loop().create_task(inside.run(started, settler), name="kubewheel-template")
    try:
        waiting = asyncio.get_running_loop().create_task(started.wait(), name="kubewheel-started")
        await asyncio.wait((main, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if main.done():
            main.result()
        template.PROCESS.keep(key, inside.state())
    finally:
        main.cancel()
        with suppress(asyncio.CancelledError):
            await main
