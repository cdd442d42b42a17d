"""Disruption: how many pods of an application may be evicted right now.

In: PodDisruptionBudgets, pods, and the sizes of the workloads that own them.  Out: the budgets' status, which the
eviction subresource reads and counts down; conditions of pods that were to be disrupted and never were.
"""

from kubewheel.controllers.disruption.stale import STALE
from kubewheel.controllers.disruption.sync import CONTROLLER

__all__ = ["CONTROLLER", "STALE"]
