"""What volumes say about nodes, and which volume each waiting claim would get on one."""

from collections.abc import Sequence
from dataclasses import dataclass

from kubewheel.libs.wire import Object
from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import Change, Check, WideFilter
from kubewheel.scheduler.plugins.volumes import claims, matching
from kubewheel.scheduler.plugins.volumes.claims import Claims
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.snapshot import Snapshot
from kubewheel.scheduler.verdict import Verdict

NAME = "VolumeBinding"
MISSING = Verdict(NAME, ("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",))
ELSEWHERE = Verdict(NAME, ("node(s) had volume node affinity conflict",))
NO_VOLUME = Verdict(NAME, ("node(s) didn't find available persistent volumes to bind",))
OTHER_ZONE = Verdict("VolumeZone", ("node(s) had no available volume zone",))
IN_USE = Verdict(
    "VolumeRestrictions",
    ("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",),
    resolvable=True,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a waiting claim gets: this volume, or, without one, a new volume made for the node."""

    claim: Object
    volume: Object | None


@dataclass(frozen=True, slots=True)
class VolumeCheck:
    """The claims of one pod."""

    claims: Claims
    snapshot: Snapshot
    exclusive: frozenset[str] = frozenset()  # nodes whose pods hold a claim that only one pod may use

    def verdict(self, node: NodeInfo) -> Verdict | None:
        """Refuse a node from which a volume cannot be reached."""
        if self.exclusive:
            # The claim is held somewhere: another node cannot have it either, and only there a victim could free it.
            return IN_USE if node.name in self.exclusive else Verdict(IN_USE.plugin, IN_USE.reasons)
        for claim in self.claims.bound:
            volume = matching.volume_of(claim, self.snapshot.objects)
            if volume is None:
                return MISSING
            if not matching.fits_node(volume, node):
                return ELSEWHERE
            if not matching.is_in_zone(volume, node):
                return OTHER_ZONE
        return NO_VOLUME if self.choices(node) is None else None

    def choices(self, node: NodeInfo) -> list[Choice] | None:
        """Return what the waiting claims get on `node`; None if one of them gets nothing."""
        found: list[Choice] = []
        taken: set[str] = set()
        for claim in self.claims.waiting:
            selected = claims.annotations(claim).get(claims.SELECTED_NODE)
            if selected and selected != node.name:
                return None
            volume = None if selected else matching.find(claim, node, self.snapshot, taken)
            if volume is not None:
                taken.add(volume["metadata"]["name"])
            elif not matching.can_provision(claim, claims.class_of(claim, self.snapshot.objects), node):
                return None
            found.append(Choice(claim, volume))
        return found

    def moved(self, node: NodeInfo, gone: Sequence[PodInfo], come: Sequence[PodInfo]) -> Check:
        """Return the check as it were if pods left and came."""
        if not self.exclusive or not gone:
            return self
        names = exclusive_names(self.claims)
        holds = any(name in names for pod in gone for name, _ in pod.claims)
        return VolumeCheck(self.claims, self.snapshot, self.exclusive - {node.name} if holds else self.exclusive)


def exclusive_names(found: Claims) -> frozenset[str]:
    """Return the names of the claims that only one pod may use at a time."""
    return frozenset(
        claim["metadata"]["name"] for claim in (*found.bound, *found.waiting)
        if claims.ONE_POD in (claim["spec"].get("accessModes") or ())
    )


def prepare(pod: PodInfo, snapshot: Snapshot) -> Check | Verdict | None:
    """Return the check of the pod's claims, or why no node can do."""
    if not pod.claims:
        return None
    try:
        found = claims.of_pod(pod, snapshot.objects)
    except claims.Waiting as waiting:
        return Verdict(NAME, (str(waiting),))
    names = exclusive_names(found)
    holders = frozenset(
        other.node_name for other in snapshot.pods.values()
        if other.namespace == pod.namespace and any(name in names for name, _ in other.claims)
    ) if names else frozenset()
    return VolumeCheck(found, snapshot, holders)


FILTER = WideFilter(NAME, prepare, frozenset({
    Change.NODE_ADDED, Change.NODE_LABELS, Change.CLAIM, Change.VOLUME, Change.STORAGE_CLASS, Change.STORAGE,
}))
