"""Changes of watched objects that a controller need not look at."""

from kubewheel.reconcile.controller import Change

_WANTED = ("uid", "generation", "deletionTimestamp", "labels", "annotations", "ownerReferences")


def only_status(change: Change) -> bool:
    """Return whether an object only got another status: for kinds whose status nobody but their controller writes."""
    if change.new is None or change.old is None:
        return False
    new, old = change.new["metadata"], change.old["metadata"]
    return all(new.get(name) == old.get(name) for name in _WANTED)
