"""Service: one name and address for a changing set of pods.

In: Services as clients send them.  Out: Services complete and checked; what is allocated is left to the API server.
"""

from kubewheel.api.core.service.behaviour import KIND

__all__ = ["KIND"]
