"""PodTopologySpread: spreads matching pods over zones, nodes or any other label of nodes, as rule or as preference."""

from kubewheel.scheduler.plugins.pod_topology_spread.refusals import FILTER
from kubewheel.scheduler.plugins.pod_topology_spread.scores import SCORE

__all__ = ["FILTER", "SCORE"]
