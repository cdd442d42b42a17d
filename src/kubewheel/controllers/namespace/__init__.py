"""Namespace: empties a namespace that is being deleted, then lets it go.

In: terminating Namespaces, discovery, every namespaced kind.  Out: deletes, the Namespace's conditions, its finalizer.
Pods go first, so that what they need stays until they are gone.
"""

from kubewheel.controllers.namespace.sync import CONTROLLER

__all__ = ["CONTROLLER"]
