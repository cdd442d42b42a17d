"""Pod: containers that run together on one node.

In: pods as clients send them.  Out: pods complete and checked; rows of their table; warnings to their authors.
"""

from kubewheel.api.core.pod.behaviour import KIND

__all__ = ["KIND"]
