"""The cluster for synchronous tests: the same verbs as `Cluster`, each returning its outcome."""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from kubewheel.kubelet.simulated.behaviour import Behaviour
from kubewheel.libs.wire import Object
from kubewheel.testing import libraries, manifests
from kubewheel.testing.client import SyncClient
from kubewheel.testing.cluster import DEFAULT, SETTLE_SECONDS, Cluster
from kubewheel.testing.endpoint import Access
from kubewheel.testing.faults import CLIENTS, Fault
from kubewheel.testing.nodes_control import OOM_CODE, PULL_ERROR
from kubewheel.testing.options import Options
from kubewheel.testing.scripts import Act, Role, Script
from kubewheel.testing.settling import PATIENCE_SECONDS, Report
from kubewheel.testing.thread import LoopThread

if TYPE_CHECKING:
    from kubewheel.testing.bridge import AsyncCluster

__tracebackhide__ = True  # See `thread`.


class SyncTime:
    """What a test may do with the cluster's time."""

    def __init__(self, cluster: Cluster, thread: LoopThread) -> None:
        self._time = cluster.clock
        self._thread = thread

    def now(self) -> datetime:
        """Return the cluster's wall time."""
        return self._time.now()

    def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0, weeks: float = 0
    ) -> datetime:
        """Let time pass, timer by timer, settling after each; return the new time."""
        work = self._time.advance(seconds, minutes=minutes, hours=hours, days=days, weeks=weeks)
        return self._thread.wait(work)

    def advance_to(self, moment: datetime) -> datetime:
        """Let time pass until `moment`."""
        return self._thread.wait(self._time.advance_to(moment))


class SyncCluster:
    """A cluster of its own; `with SyncCluster(nodes=2) as cluster`. Its clients open the port when they are needed."""

    def __init__(self, options: Options | None = None, **wanted: Any) -> None:
        self.cluster = Cluster(options, **wanted)
        self.thread = LoopThread()
        self.clients = libraries.Clients()

    @classmethod
    def from_snapshot(cls, path: str | Path, **wanted: Any) -> "SyncCluster":
        """Return a cluster that begins with the state in `path`, at its revision and time."""
        return cls(Options(snapshot=path, **wanted))

    @property
    def blocking(self) -> "SyncCluster":
        """This cluster: what asynchronous tests have calls it so, and a fixture for both kinds of tests may use it."""
        return self

    @property
    def awaited(self) -> "AsyncCluster":
        """This cluster for asynchronous code: its verbs are awaited."""
        from kubewheel.testing.bridge import AsyncCluster

        return AsyncCluster(self)

    # Life and time.

    def __enter__(self) -> "SyncCluster":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and return when everything has settled."""
        self.thread.start()
        try:
            self.thread.wait(self.cluster.start())
        except BaseException:
            self.thread.stop()
            raise

    def stop(self) -> None:
        """End everything; repeatable."""
        if not self.thread.is_alive:
            return
        self.clients.close()
        try:
            self.thread.wait(self.cluster.stop())
        finally:
            self.thread.stop()

    @functools.cached_property
    def clock(self) -> SyncTime:
        """The cluster's time."""
        return SyncTime(self.cluster, self.thread)

    def settle(
        self, *, patience: float = PATIENCE_SECONDS, seconds: float = SETTLE_SECONDS, quiet_seconds: float = 0.0
    ) -> Report:
        """Return once nothing is left to do; see `Cluster.settle`."""
        return self.thread.wait(
            self.cluster.settle(patience=patience, seconds=seconds, quiet_seconds=quiet_seconds)
        )

    # Objects.

    @functools.cached_property
    def client(self) -> SyncClient:
        """Our client, in memory, with all rights."""
        return SyncClient(self.cluster.client, self.thread)

    @property
    def revision(self) -> int:
        """The revision of the newest write."""
        return self.cluster.revision

    def apply(self, source: manifests.Source, *, namespace: str = DEFAULT) -> list[Object]:
        """Apply the objects of `source` (YAML, paths, mappings) on the server's side; nameless ones are created."""
        return self.thread.wait(self.cluster.apply(source, namespace=namespace))

    def get(self, kind: str, name: str, namespace: str = DEFAULT) -> Object:
        """Return one object; raise StatusError 404."""
        return self.thread.wait(self.cluster.get(kind, name, namespace))

    def list(
        self, kind: str, namespace: str = "", *, labels: str = "", fields: str = "", owner: str = ""
    ) -> list[Object]:
        """Return objects, by default of all namespaces; `owner`: of those that an object of that name owns."""
        return self.thread.wait(self.cluster.list(kind, namespace, labels=labels, fields=fields, owner=owner))

    def one(
        self, kind: str, namespace: str = "", *, labels: str = "", fields: str = "", owner: str = ""
    ) -> Object:
        """Return the only object that fits; raise LookupError when it is not the only one."""
        return self.thread.wait(self.cluster.one(kind, namespace, labels=labels, fields=fields, owner=owner))

    def wait_for(
        self, kind: str, name: str, namespace: str = DEFAULT, *, fits: Callable[[Object], Any] = bool,
        seconds: float = SETTLE_SECONDS,
    ) -> Object:
        """Return an object once it exists and `fits`: for what happens outside, within `seconds` of real time."""
        return self.thread.wait(self.cluster.wait_for(kind, name, namespace, fits=fits, seconds=seconds))

    def delete(self, target: str | Object, name: str = "", namespace: str = DEFAULT) -> None:
        """Delete an object, given itself or by kind and name."""
        self.thread.wait(self.cluster.delete(target, name, namespace))

    def logs(self, pod: str, namespace: str = DEFAULT, *, container: str = "") -> str:
        """Return what a pod has logged."""
        return self.thread.wait(self.cluster.logs(pod, namespace, container=container))

    # State.

    def snapshot(self, path: str | Path) -> None:
        """Write the whole state to `path`."""
        self.thread.wait(self.cluster.snapshot(path))

    def dump(self, path: str | Path) -> None:
        """Write the whole state to `path` as it is at this moment, settled or not."""
        self.thread.call(self.cluster.dump, path)

    def summary(self) -> str:
        """Return a page on the state: time, who is at work, what fails, pods, what was warned of; for people."""
        return self.thread.call(self.cluster.summary)

    def list_at(self, revision: int, kind: str, namespace: str = "", *, labels: str = "") -> Sequence[Object]:
        """Return objects as they were at an earlier revision."""
        return self.thread.wait(self.cluster.list_at(revision, kind, namespace, labels=labels))

    def get_at(self, revision: int, kind: str, name: str, namespace: str = DEFAULT) -> Object | None:
        """Return one object as it was at an earlier revision; None if it did not exist."""
        return self.thread.wait(self.cluster.get_at(revision, kind, name, namespace))

    def compact(self) -> None:
        """Forget all history; see `Cluster.compact`."""
        self.thread.call(self.cluster.compact)

    # Faults.

    def fail(self, verb: str = "*", resource: str = "*", **fault: Any) -> Fault:
        """Let requests fail, wait or break off; see Fault for what can be said."""
        return self.thread.call(self.cluster.fail, verb, resource, **fault)

    def wait_watched(self, resource: str, *, by: str = CLIENTS, seconds: float = SETTLE_SECONDS) -> None:
        """Return once a client watches `resource`: it has listed, and sees what changes from now on."""
        self.thread.wait(self.cluster.wait_watched(resource, by=by, seconds=seconds))

    def drop_watches(self, resource: str = "*", *, by: str = CLIENTS) -> int:
        """End the running watches of `resource`; return how many."""
        return self.thread.call(self.cluster.drop_watches, resource, by=by)

    def expire_watches(self, resource: str = "*", *, by: str = CLIENTS) -> int:
        """Tell the running watches of `resource` that they have fallen behind (410); return how many."""
        return self.thread.call(self.cluster.expire_watches, resource, by=by)

    @contextmanager
    def away(self, *, by: str = CLIENTS) -> Iterator[Fault]:
        """Let the API be away: connections break without an answer, running watches end."""
        with self.fail(drop="before", times=None, by=by) as fault:
            self.drop_watches(by=by)
            yield fault

    def lose_node(self, name: str) -> None:
        """Let a node fall silent, with all its pods."""
        self.thread.call(self.cluster.lose_node, name)

    def restore_node(self, name: str) -> None:
        """Let a lost node come back."""
        self.thread.wait(self.cluster.restore_node(name))

    @contextmanager
    def partition(self, *names: str) -> Iterator[None]:
        """Cut nodes off from the API: their pods go on, unseen, until the end of the block, when they tell all."""
        for name in names:
            self.lose_node(name)
        try:
            yield
        finally:
            for name in names:
                self.restore_node(name)

    # Pods.

    def simulate(self, act: Act | Script | type[Script] | Behaviour, **fits: str) -> Role:
        """Let `act` say what containers do that fit; see `Cluster.simulate`."""
        return self.thread.call(self.cluster.simulate, act, **fits)

    def kill(
        self, pod: str, namespace: str = DEFAULT, *, container: str = "", exit_code: int = OOM_CODE,
        reason: str = "OOMKilled",
    ) -> None:
        """End a running container as the kernel does that is out of memory."""
        self.thread.call(self.cluster.kill, pod, namespace, container=container, exit_code=exit_code, reason=reason)

    @contextmanager
    def no_image(self, image: str, message: str = PULL_ERROR) -> Iterator[Role]:
        """Let images that match `image` not be pulled; those that waited are pulled at the end."""
        scope = self.cluster.no_image(image, message)
        role = self.thread.call(scope.__enter__)
        try:
            yield role
        finally:
            self.thread.call(scope.__exit__, None, None, None)

    def import_images(self, archive: bytes | str | Path) -> None:
        """Make the images of an OCI or docker archive (its content or its path) known to the node with containers."""
        self.thread.wait(self.cluster.import_images(archive))

    # The outside.

    @property
    def access(self) -> Access:
        """What clients need: the port opens when this is first asked for."""
        return self.thread.wait(self.cluster.listen())

    @property
    def url(self) -> str:
        """Where the HTTPS port is."""
        return self.access.url

    @property
    def kubeconfig(self) -> Path:
        """A client configuration with all rights."""
        return self.access.kubeconfig

    @property
    def kubernetes(self) -> Any:
        """A kubernetes.client.ApiClient."""
        return self.clients.get("kubernetes", self.access)

    @functools.cached_property
    def kubernetes_asyncio(self) -> Any:
        """A kubernetes_asyncio.client.ApiClient, for the loop that asks for it."""
        return libraries.kubernetes_asyncio(self.access)

    @property
    def kr8s(self) -> Any:
        """A kr8s.Api."""
        return self.clients.get("kr8s", self.access)

    @property
    def lightkube(self) -> Any:
        """A lightkube.Client."""
        return self.clients.get("lightkube", self.access)

    @property
    def pykube(self) -> Any:
        """A pykube.HTTPClient."""
        return self.clients.get("pykube", self.access)

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl and return what it printed; raise KubectlError if it failed."""
        return libraries.kubectl(self.access, arguments, stdin)
