"""Deployment: rolls pods from one template to the next by growing and shrinking ReplicaSets.

In: Deployments and the ReplicaSets they own.  Out: ReplicaSet creates, updates and deletes; status.
Flow: `sync` reads all and asks `rolling` or `recreate` for the next sizes, `revisions` for annotations and history,
`progress` for the status; each step ends with a status, and the ReplicaSets' own changes bring the next step.
"""

from kubewheel.controllers.deployment.sync import CONTROLLER

__all__ = ["CONTROLLER"]
