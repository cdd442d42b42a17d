"""Plugins, in the order in which they are asked. Adding one means one file here and one line below."""

from collections.abc import Mapping

from kubewheel.scheduler.plugins import (
    inter_pod_affinity,
    node_affinity,
    node_ports,
    node_resources,
    node_unschedulable,
    pod_topology_spread,
    taint_toleration,
    volumes,
)
from kubewheel.scheduler.plugins.plugin import Change, LocalFilter, WideFilter, WideScore

LOCAL_FILTERS: tuple[LocalFilter, ...] = (
    node_unschedulable.FILTER,
    taint_toleration.FILTER,
    node_affinity.FILTER,
    node_ports.FILTER,
    node_resources.FILTER,
)

WIDE_FILTERS: tuple[WideFilter, ...] = (
    volumes.FILTER,
    pod_topology_spread.FILTER,
    inter_pod_affinity.FILTER,
)

WIDE_SCORES: tuple[WideScore, ...] = (
    pod_topology_spread.SCORE,
    inter_pod_affinity.SCORE,
)

WAKES: Mapping[str, frozenset[Change]] = {
    **{local.name: local.wakes for local in LOCAL_FILTERS},
    **{wide.name: wide.wakes for wide in WIDE_FILTERS},
    "VolumeZone": volumes.FILTER.wakes,
    "VolumeRestrictions": volumes.FILTER.wakes | {Change.POD_GONE},
}
