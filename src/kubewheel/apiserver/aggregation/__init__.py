"""Aggregation: groups and versions of the API that other servers in the cluster serve, behind this one.

In: APIServices in the store, requests for their groups.  Out: requests passed on, with the user in headers that a
certificate vouches for; conditions of APIServices; discovery and OpenAPI that show all servers as one.
`services` knows who serves what, `registration` makes the APIServices of this server's own versions, `availability`
finds out who answers, `proxy` passes requests on, `discovery` and `openapi` merge documents.

Source: https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
"""

from kubewheel.apiserver.aggregation.aggregator import Aggregator

__all__ = ["Aggregator"]
