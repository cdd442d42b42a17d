"""ReplicaSet: keeps a number of identical pods alive.

In: ReplicaSets and the pods they own.  Out: pod creates and deletes, status.
"""

from kubewheel.api import selectors
from kubewheel.api.selectors import LabelSelector
from kubewheel.controllers.replication import Replication
from kubewheel.libs.wire import Object

KIND = "ReplicaSet.apps"


def selector_of(replicaset: Object) -> LabelSelector:
    """Return which pods a ReplicaSet is about."""
    return selectors.from_object(replicaset["spec"].get("selector"))


CONTROLLER = Replication(KIND, "replicaset-controller", selector_of, counts_terminating=True).controller()
