"""The package that evaluates expressions, without the command line that comes with it.

Its `__init__` imports a terminal toolkit, which takes a third of a second; only the compiled module is wanted.
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

NAME = "cel.cel"


def _load() -> Any:
    if NAME in sys.modules:
        return sys.modules[NAME]
    package = find_spec("cel")
    places = package.submodule_search_locations if package is not None else None
    spec = PathFinder.find_spec(NAME, places) if places else None
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("expressions need the package common-expression-language", name="cel")
    module = sys.modules[NAME] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_MODULE = _load()
Context: Any = _MODULE.Context
OptionalValue: Any = _MODULE.OptionalValue
compile: Any = _MODULE.compile
