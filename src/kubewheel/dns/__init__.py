"""Cluster DNS: names of Services and pods, and everything else from the node's own resolvers.

In: Services, EndpointSlices, Namespaces from the API; queries over UDP and TCP.  Out: answers.
A query meets the plugins in the order of `server.chain`; the first that answers wins.
"""

from kubewheel.dns.server import run
from kubewheel.dns.settings import DnsSettings

__all__ = ["DnsSettings", "run"]
