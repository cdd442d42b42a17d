"""Expressions in CEL with everything that Kubernetes adds to the language.

Reference: https://kubernetes.io/docs/reference/using-api/cel/
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from kubewheel.api import names, quantity
from kubewheel.libs import cel
from kubewheel.libs.cel import Failure, Invalid, optional
from kubewheel.libs.cel import Program as Expression
from kubewheel.libs.cel.functions import is_opaque, opaque

__all__ = ["Expression", "Failure", "Invalid", "compile", "optional"]

KEPT = 4096
_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)


@lru_cache(maxsize=KEPT)
def compile(text: str) -> Expression:
    """Return the compiled expression; raise Invalid."""
    return cel.compile(text, FUNCTIONS)


def _quantity(value: Any) -> quantity.Quantity:
    return quantity.parse(value["text"] if is_opaque(value, "quantity") else str(value))


def _made(value: quantity.Quantity) -> dict[str, str]:
    return opaque("quantity", str(value))


def _is_quantity(text: Any) -> bool:
    try:
        quantity.parse(text)
    except ValueError:
        return False
    return True


def _semver(value: Any) -> tuple[Any, ...]:
    text = value["text"] if is_opaque(value, "semver") else value
    match = _SEMVER.fullmatch(text)
    if match is None:
        raise ValueError(f"No Major.Minor.Patch elements found: {text}")
    before = match[4].split(".") if match[4] else []
    ranked = tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in before)
    return int(match[1]), int(match[2]), int(match[3]), not before, ranked


def _key(value: Any) -> Any:
    return _semver(value) if is_opaque(value, "semver") else _quantity(value).nanos


def _compare(left: Any, right: Any) -> int:
    return int(_key(left) > _key(right)) - int(_key(left) < _key(right))




_FORMATS: Mapping[str, Callable[[str], list[str]]] = {
    "dns1123Label": names.dns_label, "dns1123Subdomain": names.dns_subdomain, "dns1035Label": names.dns_1035_label,
    "qualifiedName": names.qualified_name, "labelValue": names.label_value,
}


def _validate(form: Any, value: str) -> Any:
    messages = _FORMATS[form["text"]](value)
    return optional(messages) if messages else optional()


def _format(name: str) -> Callable[[], dict[str, str]]:
    return lambda: opaque("format", name)


def _plus(left: Any, right: Any) -> dict[str, str]:
    return _made(_quantity(left) + _quantity(right))


def _minus(left: Any, right: Any) -> dict[str, str]:
    return _made(_quantity(left) - _quantity(right))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "quantity": lambda text: _made(_quantity(text)), "isQuantity": _is_quantity,
    "compareTo": _compare, "isLessThan": lambda left, right: _compare(left, right) < 0,
    "isGreaterThan": lambda left, right: _compare(left, right) > 0,
    "isInteger": lambda value: _quantity(value).nanos % 10**9 == 0, "asInteger": lambda value: _quantity(value).value,
    "asApproximateFloat": lambda value: _quantity(value).nanos / 1e9,
    "sign": lambda value: (_quantity(value).nanos > 0) - (_quantity(value).nanos < 0), "add": _plus, "sub": _minus,
    "semver": lambda text, *_: opaque("semver", text) if _semver(text) else None,
    "isSemver": lambda text, *_: _SEMVER.fullmatch(text) is not None,
    "major": lambda value: _semver(value)[0], "minor": lambda value: _semver(value)[1],
    "patch": lambda value: _semver(value)[2], "validate": _validate,
    **{f"format_{name}": _format(name) for name in _FORMATS},
}
