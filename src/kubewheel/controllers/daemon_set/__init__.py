"""DaemonSet: one pod on every node that fits.

In: DaemonSets, Nodes, the pods and revisions that a DaemonSet owns.  Out: pod creates and deletes, ControllerRevisions,
status.
Flow: `placement` says which nodes fit and what their pods look like, `plan` what is missing or too much on each,
`rolling` which pods of an old template go next, `status` what to report; `sync` carries it out.
"""

from kubewheel.controllers.daemon_set.sync import DaemonSets

__all__ = ["DaemonSets"]
