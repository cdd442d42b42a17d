"""Config maps and secrets that this node's pods refer to: each watched by name while some pod needs it.

Trust bundles are selected by labels too, so all of them are watched while some pod needs any.

In: pods (track, release).  Out: reads without I/O, and a wake-up for the pods that refer to what changed.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubewheel.client import Client, Informer
from kubewheel.kubelet import pods
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object

Reference = tuple[str, str, str]  # kind, namespace, name; without a name: all of that kind
SYNC_SECONDS = 10.0
CONFIG_MAP, SECRET, TRUST_BUNDLE = "ConfigMap", "Secret", "ClusterTrustBundle.certificates.k8s.io"  # kinds
TRUST_BUNDLES: Reference = (TRUST_BUNDLE, "", "")


class NotSynced(Exception):
    """The API did not answer what an object holds; the text is upstream's."""


def of_pod(pod: Object) -> Iterator[Reference]:
    """Yield what a pod refers to."""
    namespace = pods.namespace(pod)
    for kind, name in [*_of_volumes(pod), *_of_environments(pod), *_of_pull_secrets(pod)]:
        if name:
            yield kind, namespace, name
    if any(source.get("clusterTrustBundle") for source in _projected(pod)):
        yield TRUST_BUNDLES


def _projected(pod: Object) -> Iterator[Mapping[str, Any]]:
    for volume in pods.spec(pod).get("volumes") or ():
        yield from (volume.get("projected") or {}).get("sources") or ()


def _of_pull_secrets(pod: Object) -> Iterator[tuple[str, str]]:
    for secret in pods.spec(pod).get("imagePullSecrets") or ():
        yield SECRET, secret.get("name", "")


def _of_volumes(pod: Object) -> Iterator[tuple[str, str]]:
    for volume in pods.spec(pod).get("volumes") or ():
        if volume.get("configMap"):
            yield CONFIG_MAP, volume["configMap"].get("name", "")
        if volume.get("secret"):
            yield SECRET, volume["secret"].get("secretName", "")
    for source in _projected(pod):
        if source.get("configMap"):
            yield CONFIG_MAP, source["configMap"].get("name", "")
        if source.get("secret"):
            yield SECRET, source["secret"].get("name", "")


def _of_environments(pod: Object) -> Iterator[tuple[str, str]]:
    kinds = (("configMapRef", CONFIG_MAP), ("secretRef", SECRET),
             ("configMapKeyRef", CONFIG_MAP), ("secretKeyRef", SECRET))
    for container in pods.all_containers(pod):
        sources = [variable.get("valueFrom") or {} for variable in container.get("env") or ()]
        for source in [*(container.get("envFrom") or ()), *sources]:
            for field_name, kind in kinds:
                if source.get(field_name):
                    yield kind, source[field_name].get("name", "")


@dataclass(slots=True)
class _Watched:
    informer: Informer
    task: asyncio.Task[None]
    users: set[str] = field(default_factory=set)


class References:
    """The objects that pods refer to; `wake` is called with a pod's uid when one of its objects changed."""

    def __init__(self, client: Client, clock: Clock, group: asyncio.TaskGroup, wake: Callable[[str], None]) -> None:
        self._client = client
        self._clock = clock
        self._group = group
        self._wake = wake
        self._watched: dict[Reference, _Watched] = {}
        self._by_pod: dict[str, set[Reference]] = {}

    def track(self, pod: Object) -> None:
        """Watch what a pod refers to by now, and stop watching what it referred to before."""
        uid, wanted = pods.uid(pod), set(of_pod(pod))
        before = self._by_pod.get(uid, set())
        for reference in wanted - before:
            self._watch(reference).users.add(uid)
        for reference in before - wanted:
            self._drop(reference, uid)
        if wanted:
            self._by_pod[uid] = wanted
        else:
            self._by_pod.pop(uid, None)

    def release(self, pod_uid: str) -> None:
        """Stop watching for a pod."""
        for reference in self._by_pod.pop(pod_uid, set()):
            self._drop(reference, pod_uid)

    async def wait(self, pod_uid: str) -> None:
        """Return once everything that a pod refers to was read; raise NotSynced."""
        for reference in self._by_pod.get(pod_uid, ()):
            informer = self._watched[reference].informer
            if informer.has_synced:
                continue
            try:
                async with asyncio.timeout(SYNC_SECONDS):
                    await informer.wait_synced()
            except TimeoutError as error:
                kind = reference[0].partition(".")[0].lower()
                raise NotSynced(f"failed to sync {kind} cache: timed out waiting for the condition") from error

    def config_map(self, namespace: str, name: str) -> Object | None:
        """Return a tracked config map, or None."""
        return self._get((CONFIG_MAP, namespace, name))

    def secret(self, namespace: str, name: str) -> Object | None:
        """Return a tracked secret, or None."""
        return self._get((SECRET, namespace, name))

    def trust_bundles(self) -> Iterable[Object]:
        """Return all trust bundles, if some pod needs any."""
        watched = self._watched.get(TRUST_BUNDLES)
        return () if watched is None else watched.informer.list()

    def _get(self, reference: Reference) -> Object | None:
        watched = self._watched.get(reference)
        return None if watched is None else watched.informer.get(reference[1], reference[2])

    def _watch(self, reference: Reference) -> _Watched:
        found = self._watched.get(reference)
        if found is not None:
            return found
        kind, namespace, name = reference
        informer = Informer(
            self._client, kind, namespace=namespace, fields=f"metadata.name={name}" if name else "", clock=self._clock
        )
        informer.add_handler(lambda *_: self._changed(reference))
        task = tasks.create_task(self._group, informer.run(), name=f"watch {kind} {namespace}/{name}")
        self._watched[reference] = _Watched(informer, task)
        return self._watched[reference]

    def _changed(self, reference: Reference) -> None:
        watched = self._watched.get(reference)
        for uid in list(watched.users) if watched else ():
            self._wake(uid)

    def _drop(self, reference: Reference, pod_uid: str) -> None:
        watched = self._watched[reference]
        watched.users.discard(pod_uid)
        if not watched.users:
            watched.task.cancel()
            del self._watched[reference]
