"""What the informers tell: changes of the snapshot, pods for the queue, and what may wake refused ones."""

from collections.abc import Callable, Iterator

from kubewheel.api import pods
from kubewheel.client import Informers
from kubewheel.libs.wire import Object
from kubewheel.scheduler.plugins.plugin import Change
from kubewheel.scheduler.pod import PodInfo, Templates
from kubewheel.scheduler.queue import Queue
from kubewheel.scheduler.requests import Requests
from kubewheel.scheduler.settings import DEFAULT_SCHEDULER, SchedulerSettings
from kubewheel.scheduler.snapshot import Snapshot

# Kinds that decisions read; a change to some of them may help refused pods.
READ_KINDS: dict[str, Change | None] = {
    "Namespace": None,
    "Service": None,
    "ReplicationController": None,
    "ReplicaSet.apps": None,
    "StatefulSet.apps": None,
    "PodDisruptionBudget.policy": None,
    "PersistentVolumeClaim": Change.CLAIM,
    "PersistentVolume": Change.VOLUME,
    "StorageClass.storage.k8s.io": Change.STORAGE_CLASS,
}


class Cache:
    """Reads from the informers."""

    def __init__(self, informers: Informers) -> None:
        self._informers = {kind: informers.informer(kind) for kind in READ_KINDS}

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return one object, or None."""
        return self._informers[kind].get(namespace, name)

    def list(self, kind: str, namespace: str | None = None) -> list[Object]:
        """Return all objects of a kind, or those of one namespace."""
        return self._informers[kind].list(namespace)


class Watching:
    """Keeps snapshot and queue current."""

    def __init__(self, snapshot: Snapshot, queue: Queue, settings: SchedulerSettings) -> None:
        self.snapshot = snapshot
        self.queue = queue
        self.templates = Templates()
        self._names = settings.scheduler_names

    def connect(self, informers: Informers) -> None:
        """Ask to be told."""
        informers.informer("Node").add_handler(self.node_changed)
        informers.informer("Pod").add_handler(self.pod_changed)
        for kind, change in READ_KINDS.items():
            if change is not None:
                informers.informer(kind).add_handler(self._waker(change))

    def _waker(self, change: Change) -> Callable[[str, Object | None, Object | None], None]:
        def wake(_type: str, new: Object | None, _old: Object | None) -> None:
            if new is not None:
                self.queue.changed(change)

        return wake

    def node_changed(self, _type: str, new: Object | None, old: Object | None) -> None:
        """Take over a node."""
        if new is None:
            assert old is not None
            self.snapshot.remove_node(old["metadata"]["name"])
            self.queue.changed(Change.NODE_GONE)
            return
        known = self.snapshot.nodes.get(new["metadata"]["name"])
        if known is None or known.node is None:
            self.snapshot.set_node(new)
            self.queue.changed(Change.NODE_ADDED)
            return
        changes = list(node_changes(known.node, new))
        if not changes:
            known.node = new  # A heartbeat.
            return
        self.snapshot.set_node(new)
        for change in changes:
            self.queue.changed(change)

    def pod_changed(self, _type: str, new: Object | None, old: Object | None) -> None:
        """Take over a pod."""
        if new is None:
            assert old is not None
            self._gone(old)
        elif not pods.node_name(new):
            self._unplaced(new)
        elif pods.is_terminal(new):
            self._gone(new)
        else:
            self._placed(new)

    def _gone(self, pod: Object) -> None:
        uid = pod["metadata"].get("uid") or ""
        self.queue.remove(uid)
        self.snapshot.remove_pod(uid)
        self.queue.changed(Change.POD_GONE)

    def _placed(self, pod: Object) -> None:
        uid = pod["metadata"].get("uid") or ""
        known = self.snapshot.pods.get(uid)
        is_news = known is None or self.snapshot.is_assumed(uid)
        if known is not None and not is_news and not _is_respecified(known.object, pod):
            known.object = pod
            return
        self.queue.remove(uid)
        info = PodInfo(pod, self.templates)
        labels = known.labels_key if known is not None else info.labels_key
        self.snapshot.set_pod(info)
        if is_news:
            self.queue.changed(Change.POD_PLACED)
            return
        if labels != info.labels_key:
            self.queue.changed(Change.POD_LABELS)
        if known is not None and _gives_back(known.template.requests, info.template.requests):
            self.queue.changed(Change.POD_GONE)  # A part of it is.

    def _unplaced(self, pod: Object) -> None:
        metadata, spec = pod["metadata"], pod["spec"]
        uid = metadata.get("uid") or ""
        if (spec.get("schedulerName") or DEFAULT_SCHEDULER) not in self._names:
            return
        if metadata.get("deletionTimestamp") or spec.get("schedulingGates") or pods.is_terminal(pod):
            self.queue.remove(uid)
            if not self.snapshot.is_assumed(uid):
                self.snapshot.nominate(PodInfo(pod, self.templates), "")
            return
        info = PodInfo(pod, self.templates)
        self.queue.add(info)
        if not self.snapshot.is_assumed(uid):
            self.snapshot.nominate(info, info.nominated_node)


def _is_respecified(before: Object, after: Object) -> bool:
    """Return whether anything but status has changed that matters to others."""
    old, new = before["metadata"], after["metadata"]
    return (
        new.get("generation") is None or old.get("generation") != new.get("generation")
        or old.get("labels") != new.get("labels")
        or old.get("deletionTimestamp") != new.get("deletionTimestamp")
        or _is_resized(before.get("status") or {}, after.get("status") or {})
    )


def _is_resized(before: Object, after: Object) -> bool:
    """Return whether a node tells of other resources of a pod's containers than it did."""
    known = [each.get("allocatedResources") for each in before.get("containerStatuses") or ()]
    if not any(known):
        return False
    return _resources_told(before) != _resources_told(after)


def _resources_told(status: Object) -> tuple[object, ...]:
    listed = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    pending = [each.get("reason") for each in status.get("conditions") or () if each["type"] == pods.RESIZE_PENDING]
    return [(each.get("allocatedResources"), each.get("resources")) for each in listed], pending


def _gives_back(before: Requests, after: Requests) -> bool:
    return after.cpu < before.cpu or after.memory < before.memory


def node_changes(old: Object, new: Object) -> Iterator[Change]:
    """Yield what changed in a node that matters to pods."""
    before, after = old.get("status") or {}, new.get("status") or {}
    for name in ("allocatable", "capacity", "images"):
        if before.get(name) != after.get(name):
            yield Change.NODE_ALLOCATABLE
            break
    if old["metadata"].get("labels") != new["metadata"].get("labels"):
        yield Change.NODE_LABELS
    if (old.get("spec") or {}) != (new.get("spec") or {}):
        yield Change.NODE_TAINTS
