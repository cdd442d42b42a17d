"""Which handler serves which verb of which virtual resource."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from kubewheel.apiserver.backend import Verb

INFRASTRUCTURE = frozenset({"table"})


@cache
def discover() -> Mapping[tuple[str, str], Verb]:
    """Return the handlers of the files of this folder, by resource key and verb."""
    from kubewheel.apiserver import virtual

    found: dict[tuple[str, str], Verb] = {}
    for module in pkgutil.iter_modules(virtual.__path__):
        if module.name not in INFRASTRUCTURE:
            found.update(importlib.import_module(f"{virtual.__name__}.{module.name}").RESOURCES)
    return found
