"""StatefulSet: pods with an ordinal each, that keep their names and their volumes.

In: StatefulSets, their pods, claims and revisions.  Out: pod creates and deletes, claims, ControllerRevisions, status.
Flow: `sync` reads all; `plan` finds the next step (in order, or all at once), `identity` says what a member looks
like, `claims` who owns its volumes, `status` what to report.
"""

from kubewheel.controllers.stateful_set.sync import CONTROLLER

__all__ = ["CONTROLLER"]
