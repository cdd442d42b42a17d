"""API priority and fairness: which requests go first when there is not room for all.

In: FlowSchemas and PriorityLevelConfigurations in the store, requests with their identity.  Out: requests that wait for
a seat, 429 for those that find no place in a queue, conditions of the FlowSchemas.
`classification` finds the flow, `seats` shares the server between levels, `queues` is fair within a level.

Source: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
"""

from kubewheel.apiserver.fairness.stage import Fairness

__all__ = ["Fairness"]
