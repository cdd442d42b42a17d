"""Service proxy: makes the virtual addresses of Services lead to their endpoints, with nftables.

In: Services and EndpointSlices from the API.  Out: one nftables table of this node.
`state` reads the objects, `rules` decides (pure), `sync` keeps the kernel in step.
"""

from kubewheel.proxy.settings import ProxySettings
from kubewheel.proxy.sync import remove, run

__all__ = ["ProxySettings", "remove", "run"]
