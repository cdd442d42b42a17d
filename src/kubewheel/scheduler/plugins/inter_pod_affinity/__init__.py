"""InterPodAffinity: pods that want to lie near others, or far from them, as rule or as preference."""

from kubewheel.scheduler.plugins.inter_pod_affinity.refusals import FILTER
from kubewheel.scheduler.plugins.inter_pod_affinity.scores import SCORE

__all__ = ["FILTER", "SCORE"]
