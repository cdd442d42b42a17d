"""Quantities and versions."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from kubewheel.api import quantity
from kubewheel.libs.cel import Failure
from kubewheel.libs.cel.library.times import KEPT
from kubewheel.libs.cel.signatures import Row, traversal
from kubewheel.libs.cel.values import Opaque

LARGEST = 2**63 - 1
_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)


class Quantity(Opaque):
    """An amount."""

    kind = "kubernetes.Quantity"

    def __init__(self, amount: quantity.Quantity) -> None:
        self.amount = amount

    def key(self) -> Any:
        return self.amount.nanos


class Semver(Opaque):
    """A version."""

    kind = "kubernetes.Semver"

    def __init__(self, major: int, minor: int, patch: int, pre: str) -> None:
        self.numbers = major, minor, patch
        ranked = tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in pre.split(".") if pre)
        self._key = *self.numbers, not pre, ranked

    def key(self) -> Any:
        return self._key


@lru_cache(maxsize=KEPT)
def _quantity(text: str) -> Quantity:
    try:
        return Quantity(quantity.parse(text))
    except ValueError as error:
        raise Failure(str(error)) from error


@lru_cache(maxsize=KEPT)
def _semver(text: str, normalize: bool = False) -> Semver:
    match = _SEMVER.fullmatch(_normalized(text) if normalize else text)
    if match is None:
        raise Failure(f"No Major.Minor.Patch elements found: {text}" if text.count(".") < 2 else
                      f"Invalid character(s) found in version: {text}")
    return Semver(int(match[1]), int(match[2]), int(match[3]), match[4] or "")


def _normalized(text: str) -> str:
    """Return a version without its `v`, without zeros in front of numbers, and with all three of them."""
    core, mark, rest = re.fullmatch(r"([^-+]*)([-+]?)(.*)", text.removeprefix("v"), re.DOTALL).groups()  # type: ignore[union-attr]
    parts = [each.lstrip("0") or "0" if each.isdigit() else each for each in core.split(".")]
    return ".".join([*parts, "0", "0"][:max(3, len(parts))]) + mark + rest


def _can(make: Callable[..., Any]) -> Callable[..., bool]:
    def check(*arguments: Any) -> bool:
        try:
            make(*arguments)
        except Failure:
            return False
        return True

    return check


def _compare(left: Opaque, right: Opaque) -> int:
    return int(left.key() > right.key()) - int(left.key() < right.key())


def _as_integer(value: Quantity) -> int:
    if not _is_integer(value):
        raise Failure("cannot convert value to integer")
    return value.amount.value


def _is_integer(value: Quantity) -> bool:
    return value.amount.nanos % quantity.NANO == 0 and abs(value.amount.value) <= LARGEST


def _term(other: Quantity | int) -> quantity.Quantity:
    return other.amount if isinstance(other, Quantity) else quantity.Quantity(other * quantity.NANO)


def _on_quantities(signature: str) -> str:
    return signature.replace("Q", "kubernetes.Quantity")


def _orders(kind: str) -> tuple[Row, ...]:
    return (
        ("compareTo", f"{kind}.({kind}) int", _compare),
        ("isLessThan", f"{kind}.({kind}) bool", lambda left, right: _compare(left, right) < 0),
        ("isGreaterThan", f"{kind}.({kind}) bool", lambda left, right: _compare(left, right) > 0),
    )


FUNCTIONS: Sequence[Row] = (
    ("quantity", _on_quantities("(string) Q"), _quantity, traversal()),
    ("isQuantity", "(string) bool", _can(_quantity), traversal()),
    *_orders(Quantity.kind), *_orders(Semver.kind),
    ("isInteger", _on_quantities("Q.() bool"), _is_integer), ("asInteger", _on_quantities("Q.() int"), _as_integer),
    ("asApproximateFloat", _on_quantities("Q.() double"), lambda value: value.amount.nanos / quantity.NANO),
    ("sign", _on_quantities("Q.() int"), lambda value: (value.amount.nanos > 0) - (value.amount.nanos < 0)),
    ("add", _on_quantities("Q.(Q) Q; Q.(int) Q"), lambda left, right: Quantity(left.amount + _term(right))),
    ("sub", _on_quantities("Q.(Q) Q; Q.(int) Q"), lambda left, right: Quantity(left.amount - _term(right))),
    ("semver", "(string) kubernetes.Semver; (string, bool) kubernetes.Semver", _semver, traversal()),
    ("isSemver", "(string) bool; (string, bool) bool", _can(_semver), traversal()),
    ("major", "kubernetes.Semver.() int", lambda value: value.numbers[0]),
    ("minor", "kubernetes.Semver.() int", lambda value: value.numbers[1]),
    ("patch", "kubernetes.Semver.() int", lambda value: value.numbers[2]),
)
