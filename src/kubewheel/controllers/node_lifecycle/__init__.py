"""Node lifecycle: notices nodes that fell silent or are unwell, and says so in conditions and taints.

In: Nodes and their Leases.  Out: conditions of silent nodes, taints, the Ready condition of pods on lost nodes.
`taint_eviction` acts on the taints.  Nothing polls: each node has one timer, which a heartbeat merely postpones.
"""

from kubewheel.controllers.node_lifecycle.sync import controller

__all__ = ["controller"]
