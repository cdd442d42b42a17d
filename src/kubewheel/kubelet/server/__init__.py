"""The HTTP interface of a node's agent: logs, exec, attach, port-forward, reports.

In: requests, most of them passed on by the API server.  Out: calls of the runtime. Every protocol that clients speak
ends here; the runtime sees `Streams`. `server` has the routes: read it first.
"""

from kubewheel.kubelet.server.access import Access, Denied
from kubewheel.kubelet.server.logs import LogFiles, LogSource
from kubewheel.kubelet.server.machine import Usage
from kubewheel.kubelet.server.server import Equipment, KubeletServer, Node

__all__ = ["Access", "Denied", "Equipment", "KubeletServer", "LogFiles", "LogSource", "Node", "Usage"]
