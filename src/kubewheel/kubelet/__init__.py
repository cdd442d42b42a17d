"""Node agent: runs the pods that are bound to its node and reports how they fare.

In: pods, config maps, secrets, services, claims of the API; what the container runtime reports.
Out: sandboxes, containers, volumes, probes; pod and node status, leases, events. `launch` starts `agent.run`.
"""
