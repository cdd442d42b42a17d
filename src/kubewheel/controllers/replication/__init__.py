"""Replication: keeps a number of pods of one template alive, for ReplicaSets and ReplicationControllers alike.

In: an owner object with replicas, selector and template, and the pods that it controls.
Out: pod creates and deletes, the owner's status.  Used by `replica_set` and `replication_controller`.
"""

from kubewheel.controllers.replication.plan import Plan, plan_replicas
from kubewheel.controllers.replication.reconciler import Replication

__all__ = ["Plan", "Replication", "plan_replicas"]
