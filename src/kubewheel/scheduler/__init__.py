"""Scheduler: gives every pod without a node one that suits it.

In: pods, nodes, volumes, through the API.  Out: bindings, PodScheduled conditions, events; victims of preemption.
"""

from kubewheel.scheduler.run import prepare, run
from kubewheel.scheduler.scheduler import Scheduler
from kubewheel.scheduler.settings import SchedulerSettings

__all__ = ["Scheduler", "SchedulerSettings", "prepare", "run"]
