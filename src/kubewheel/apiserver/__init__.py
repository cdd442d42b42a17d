"""The API server: requests in, objects in the store out. `pipeline.py` is the ordered list: read it first.

In: `Request`s over HTTPS or in memory.  Out: `Response`s; durable writes to the store.
Imported by `launch` and `testing`; imports `storage`, `api`, `libs`.
"""

from kubewheel.apiserver.nodes import NodeConnector as NodeConnector
from kubewheel.apiserver.server import ApiServer as ApiServer
from kubewheel.apiserver.settings import ApiServerSettings as ApiServerSettings
