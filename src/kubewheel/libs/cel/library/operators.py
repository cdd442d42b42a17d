"""Operators: arithmetic within 64 bits, order, membership. `evaluator` has those that do not need all operands."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from kubewheel.libs.cel.faults import Failure
from kubewheel.libs.cel.lexer import LARGEST, LARGEST_UINT, SMALLEST
from kubewheel.libs.cel.signatures import Row, both, length, lesser
from kubewheel.libs.cel.values import Uint, compare, contains

ORDERED = ("bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration")
NUMBERS = ("int", "uint", "double")


def whole(value: int) -> int:
    """Return a number with a sign; raise Failure if 64 bits cannot hold it."""
    if not SMALLEST <= value <= LARGEST:
        raise Failure("integer overflow")
    return value


def unsigned(value: int) -> Uint:
    """Return a number without a sign; raise Failure if 64 bits cannot hold it."""
    if not 0 <= value <= LARGEST_UINT:
        raise Failure("unsigned integer overflow")
    return Uint(value)


def quotient(left: int, right: int) -> int:
    """Return a quotient, rounded towards zero."""
    if right == 0:
        raise Failure("division by zero")
    made = abs(left) // abs(right)
    return whole(made if (left < 0) == (right < 0) else -made)


def remainder(left: int, right: int) -> int:
    """Return what a division leaves; it has the sign of the dividend."""
    if right == 0:
        raise Failure("modulus by zero")
    return int(math.copysign(1, left)) * (abs(left) % abs(right))


def _ratio(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _plus(left: Any, right: Any) -> Any:
    return left + right


def _order(function: str, holds: Callable[[int], bool]) -> Row:
    def call(left: Any, right: Any) -> bool:
        if left != left or right != right:  # Not a number.
            return False
        return holds(compare(left, right))

    same = [f"({kind}, {kind}) bool" for kind in ORDERED]
    mixed = [f"({left}, {right}) bool" for left in NUMBERS for right in NUMBERS if left != right]
    return function, "; ".join(same + mixed), call, lesser


def _never(*_: Any) -> Any:
    raise Failure("no such overload")


FUNCTIONS: Sequence[Row] = (
    _order("_<_", lambda sign: sign < 0), _order("_<=_", lambda sign: sign <= 0),
    _order("_>_", lambda sign: sign > 0), _order("_>=_", lambda sign: sign >= 0),
    ("_+_", "(int, int) int", lambda left, right: whole(left + right)),
    ("_+_", "(uint, uint) uint", lambda left, right: unsigned(left + right)),
    ("_+_", "(double, double) double; (timestamp, duration) timestamp; (duration, timestamp) timestamp; "
            "(duration, duration) duration", _plus),
    ("_+_", "(string, string) string; (bytes, bytes) bytes; (list(A), list(A)) list(A)", _plus, both),
    ("_-_", "(int, int) int", lambda left, right: whole(left - right)),
    ("_-_", "(uint, uint) uint", lambda left, right: unsigned(left - right)),
    ("_-_", "(double, double) double; (timestamp, timestamp) duration; (timestamp, duration) timestamp; "
            "(duration, duration) duration", lambda left, right: left - right),
    ("_*_", "(int, int) int", lambda left, right: whole(left * right)),
    ("_*_", "(uint, uint) uint", lambda left, right: unsigned(left * right)),
    ("_*_", "(double, double) double", lambda left, right: left * right),
    ("_/_", "(int, int) int", quotient), ("_/_", "(double, double) double", _ratio),
    ("_/_", "(uint, uint) uint", lambda left, right: Uint(quotient(left, right))),
    ("_%_", "(int, int) int", remainder),
    ("_%_", "(uint, uint) uint", lambda left, right: Uint(remainder(left, right))),
    ("-_", "(int) int", lambda value: whole(-value)), ("-_", "(double) double", lambda value: -value),
    ("@in", "(A, list(A)) bool", lambda value, values: contains(values, value), lambda _, values: length(values)),
    ("@in", "(A, map(A, B)) bool", lambda key, values: key in values),
    ("_==_", "(A, A) bool", _never), ("_!=_", "(A, A) bool", _never),
    ("_&&_", "(bool, bool) bool", _never), ("_||_", "(bool, bool) bool", _never), ("!_", "(bool) bool", _never),
    ("_?_:_", "(bool, A, A) A", _never),
    ("_[_]", "(list(A), int) A; (map(A, B), A) B; (optional(list(A)), int) optional(A); "
             "(optional(map(A, B)), A) optional(B)", _never),
    ("_[?_]", "(list(A), int) optional(A); (map(A, B), A) optional(B); (optional(list(A)), int) optional(A); "
              "(optional(map(A, B)), A) optional(B)", _never),
)
