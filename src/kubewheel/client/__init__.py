"""The one client of the API: requests, watches, caches, events.

In: a `libs.wire.Transport` (HTTPS, or the API server in the same process).  Out: objects, `api.errors.StatusError`.
Every component and `reconcile` use it; it knows no component.
"""

from kubewheel.client.client import Client, ObjectList
from kubewheel.client.events import Recorder
from kubewheel.client.informer import Informer
from kubewheel.client.informers import Informers

__all__ = ["Client", "Informer", "Informers", "ObjectList", "Recorder"]
