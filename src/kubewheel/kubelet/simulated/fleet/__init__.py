"""Thousands of simulated nodes in one process, without an agent for each.

In: the pods that are bound to the fleet's nodes.  Out: Node objects, leases, pods' status, deletions. `life` decides
what a pod's containers do at a moment (pure), `status` how it is told (pure), `keeper` acts; `view` lets the node
server show logs and run commands.
"""

from kubewheel.kubelet.simulated.fleet.fleet import Fleet, run_fleet
from kubewheel.kubelet.simulated.fleet.settings import FleetSettings

__all__ = ["Fleet", "FleetSettings", "run_fleet"]
