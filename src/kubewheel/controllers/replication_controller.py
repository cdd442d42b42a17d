"""ReplicationController: keeps a number of identical pods alive; the older form of a ReplicaSet.

In: ReplicationControllers and the pods they own.  Out: pod creates and deletes, status.
"""

from kubewheel.api import selectors
from kubewheel.api.selectors import LabelSelector
from kubewheel.controllers.replication import Replication
from kubewheel.libs.wire import Object

KIND = "ReplicationController"


def selector_of(owner: Object) -> LabelSelector:
    """Return which pods a ReplicationController is about; without a selector, none."""
    labels = owner["spec"].get("selector")
    return selectors.from_labels(labels) if labels else selectors.NOTHING


CONTROLLER = Replication(KIND, "replication-controller", selector_of).controller()
