"""Programs: compiled expressions."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from kubewheel.libs.cel import engine, functions, source

_logger = logging.getLogger("cel")
_logger.setLevel(logging.CRITICAL)  # A function that fails is an answer here, no event.

MISSING = object()
BUILTIN = frozenset({
    "size", "contains", "startsWith", "endsWith", "matches", "has", "all", "exists", "exists_one", "map", "filter",
    "int", "uint", "double", "string", "bool", "bytes", "duration", "timestamp", "dyn", "type", "getFullYear",
    "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds",
    "getMilliseconds", "of", "none", "ofNonZeroValue", "hasValue", "value", "orValue", "or", "optMap", "optFlatMap",
})


class Invalid(ValueError):
    """The source is no expression."""


class Failure(Exception):
    """The evaluation came to no value."""


class Program:
    """An expression that can be evaluated many times.

    `variables` are the free names in it, `chains` the paths of fields that begin at names: ("self", "spec", "x").
    """

    def __init__(self, text: str, added: Mapping[str, Callable[..., Any]]) -> None:
        self.text = text
        try:
            made = source.rewrite(text)
            self._program = engine.compile(made.text)
        except (ValueError, RecursionError) as error:
            raise Invalid(_message(str(error))) from error
        self.variables = frozenset(made.names)
        self.chains = made.chains
        self._functions = {**functions.FUNCTIONS, **added}
        for name in sorted(made.calls):
            if name not in self._functions and name not in BUILTIN:
                raise Invalid(f"undeclared reference to '{name}' (in container '')")

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """Return the value of the expression; raise Failure."""
        context = engine.Context(dict(variables))
        for name in self._program.functions():
            if name in self._functions:
                context.add_function(name, self._functions[name])
        try:
            return self._program.execute(context)
        except KeyError as error:
            raise Failure(f"no such key: {error.args[0]}") from error
        except ZeroDivisionError as error:
            raise Failure("division by zero") from error
        except IndexError as error:
            raise Failure(str(error)) from error
        except TypeError as error:
            raise Failure("no such overload") from error
        except (RuntimeError, ValueError, OverflowError) as error:
            raise Failure(_reason(str(error))) from error


def compile(text: str, added: Mapping[str, Callable[..., Any]] | None = None) -> Program:
    """Return the program of an expression; `added` are functions beyond those that are always there."""
    return Program(text, added or {})


def optional(value: Any = MISSING) -> Any:
    """Return an optional value; without an argument, one that holds nothing."""
    return engine.OptionalValue.none() if value is MISSING else engine.OptionalValue.of(value)


def _message(text: str) -> str:
    match = re.search(r"ERROR: .*", text, re.DOTALL)
    return match[0].strip() if match else text


def _reason(text: str) -> str:
    match = re.search(r"call failed: \w+: (.*?)\. Check function", text, re.DOTALL)
    if match:
        return match[1]
    match = re.search(r"Undefined variable or function: '([^']*)'", text)
    return f"no such attribute: {match[1]}" if match else text.partition(". Check ")[0]
