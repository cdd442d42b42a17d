"""Watch → queue → reconcile → retry, once for all controllers.

In: informers and a client of the API.  Out: a `Controller` describes what to watch and how to reconcile one key; the
`Engine` runs controllers.  Used by every component that keeps objects in order; knows none of them.
"""

from kubewheel.reconcile.controller import SHARED, Change, Controller, Maps
from kubewheel.reconcile.engine import Engine
from kubewheel.reconcile.outcome import Done, Later, Outcome, Terminal
from kubewheel.reconcile.world import Key, World, key_of

__all__ = [
    "SHARED", "Change", "Controller", "Done", "Engine", "Key", "Later", "Maps", "Outcome", "Terminal", "World",
    "key_of",
]
