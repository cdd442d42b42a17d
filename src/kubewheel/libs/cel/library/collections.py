"""Lists, sets, optional values, and mathematics."""

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubewheel.libs.cel.faults import Failure
from kubewheel.libs.cel.library.operators import unsigned, whole
from kubewheel.libs.cel.signatures import Row, length
from kubewheel.libs.cel.values import Optional, Uint, compare, contains, equal, weigh

COMPARABLE = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")
NUMBERS = ("int", "uint", "double")
LONGEST_RANGE = 1_000_000


def _flatten(value: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise Failure("level must be non-negative")
    result: list[Any] = []
    for each in value:
        result += _flatten(each, depth - 1) if isinstance(each, list) and depth > 0 else [each]
    return result


def _flat_cost(value: list[Any], depth: int = 1) -> int:
    return weigh(value, max(depth, 0) + 1)


def _distinct(value: list[Any]) -> list[Any]:
    result: list[Any] = []
    for each in value:
        if not contains(result, each):
            result.append(each)
    return result


def _square(value: list[Any], *others: Any) -> int:
    return len(value) * (len(others[0]) if others else len(value))


def _slice(value: list[Any], start: int, end: int) -> list[Any]:
    if not 0 <= start <= end <= len(value):
        raise Failure(f"cannot slice({start}, {end}), list is length {len(value)}")
    return value[start:end]


def _range(count: int) -> list[int]:
    if count > LONGEST_RANGE:
        raise Failure(f"lists.range() size {count} exceeds maximum of {LONGEST_RANGE}")
    return list(range(count))


def _sorted(value: list[Any]) -> list[Any]:
    return sorted(value, key=functools.cmp_to_key(compare))


def _index(value: list[Any], wanted: Any) -> int:
    return next((index for index, each in enumerate(value) if equal(each, wanted)), -1)


def _last_index(value: list[Any], wanted: Any) -> int:
    return next((index for index in range(len(value) - 1, -1, -1) if equal(value[index], wanted)), -1)


def _extreme(values: Sequence[Any], sign: int) -> Any:
    if not values:
        raise Failure(f"{'max' if sign > 0 else 'min'} called on empty list")
    best = values[0]
    for each in values[1:]:
        if compare(each, best) == sign:
            best = each
    return best


def _sum(value: list[Any]) -> Any:
    if not value:
        return 0
    made = sum(value[1:], value[0])
    return whole(made) if type(value[0]) is int else unsigned(made) if type(value[0]) is Uint else made


def _subset(value: list[Any], other: list[Any]) -> bool:
    return all(contains(value, each) for each in other)


def _is_zero(value: Any) -> bool:
    return value is None or (isinstance(value, str | bytes | list | Mapping) and not value) or (
        isinstance(value, int | float) and not value
    )


def _or(value: Optional, other: Optional) -> Optional:
    return value if value.has_value() else other


def _first(value: list[Any]) -> Optional:
    return Optional(value[0]) if value else Optional()


def _last(value: list[Any]) -> Optional:
    return Optional(value[-1]) if value else Optional()


def _unwrap(values: list[Any]) -> list[Any]:
    return [each.value() for each in values if each.has_value()]


def _rounded(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value) if math.isfinite(value) else value


def _of_list(kinds: Sequence[str], result: str = "") -> str:
    return "; ".join(f"list({kind}).() {result or kind}" for kind in kinds)


def _extremes(name: str, sign: int) -> list[Row]:
    def call(*values: Any) -> Any:
        return _extreme(values[0] if len(values) == 1 and isinstance(values[0], list) else values, sign)

    pairs = "; ".join(f"({left}, {right}) {left if left == right else 'dyn'}" for left in NUMBERS for right in NUMBERS)
    more = "; ".join(f"({', '.join([kind] * count)}) {kind}" for kind in NUMBERS for count in (1, 3, 4, 5))
    lists = "; ".join(f"(list({kind})) {kind}" for kind in NUMBERS)
    return [(name, f"{pairs}; {more}; {lists}", call, length)]


def _on_doubles(name: str, call: Callable[[float], Any], result: str = "double") -> Row:
    return f"math.{name}", f"(double) {result}", call


def _shift(value: int, count: int, *, left: bool) -> int:
    if count < 0:
        raise Failure(f"math.bitShift{'Left' if left else 'Right'}() negative offset: {count}")
    if count > 63:
        return 0
    made = (value << count if left else (value & (2**64 - 1)) >> count) & (2**64 - 1)
    return made - 2**64 if made >= 2**63 else made


FUNCTIONS: Sequence[Row] = (
    ("isSorted", _of_list(COMPARABLE, "bool"),
     lambda value: all(compare(left, right) <= 0 for left, right in itertools.pairwise(value)), length),
    ("sum", _of_list(("int", "uint", "double", "duration")), _sum, length),
    ("min", _of_list(COMPARABLE), lambda value: _extreme(value, -1), length),
    ("max", _of_list(COMPARABLE), lambda value: _extreme(value, 1), length),
    ("sort", "; ".join(f"list({kind}).() list({kind})" for kind in COMPARABLE), _sorted,
     lambda value: len(value) * max(len(value).bit_length(), 1)),
    ("indexOf", "list(A).(A) int", _index, length), ("lastIndexOf", "list(A).(A) int", _last_index, length),
    ("distinct", "list(A).() list(A)", _distinct, _square), ("reverse", "list(A).() list(A)", lambda value: value[::-1],
                                                             length),
    ("flatten", "list(list(A)).() list(A); list(A).() list(dyn); list(dyn).(int) list(dyn)", _flatten, _flat_cost),
    ("slice", "list(A).(int, int) list(A)", _slice, length),
    ("first", "list(A).() optional(A)", _first), ("last", "list(A).() optional(A)", _last),
    ("lists.range", "(int) list(int)", _range, lambda count: max(count, 1)),
    ("sets.contains", "(list(A), list(A)) bool", _subset, _square),
    ("sets.intersects", "(list(A), list(A)) bool",
     lambda value, other: any(contains(value, each) for each in other), _square),
    ("sets.equivalent", "(list(A), list(A)) bool",
     lambda value, other: _subset(value, other) and _subset(other, value), _square),
    ("optional.of", "(A) optional(A)", Optional), ("optional.none", "() optional(A)", Optional),
    ("optional.ofNonZeroValue", "(A) optional(A)", lambda value: Optional() if _is_zero(value) else Optional(value)),
    ("hasValue", "optional(A).() bool", Optional.has_value), ("value", "optional(A).() A", Optional.value),
    ("orValue", "optional(A).(A) A", lambda value, other: value.value() if value.has_value() else other),
    ("or", "optional(A).(optional(A)) optional(A)", _or),
    ("unwrapOpt", "list(optional(A)).() list(A)", _unwrap, length),
    *_extremes("math.least", -1), *_extremes("math.greatest", 1),
    ("math.abs", "(int) int; (uint) uint; (double) double",
     lambda value: value if type(value) is Uint else whole(abs(value)) if type(value) is int else abs(value)),
    ("math.sign", "(int) int; (uint) uint; (double) double",
     lambda value: type(value)((value > 0) - (value < 0))),
    ("math.sqrt", "(int) double; (uint) double; (double) double",
     lambda value: math.sqrt(value) if value >= 0 else math.nan),
    _on_doubles("ceil", lambda value: float(math.ceil(value))),
    _on_doubles("floor", lambda value: float(math.floor(value))), _on_doubles("round", _rounded),
    _on_doubles("trunc", lambda value: float(math.trunc(value))), _on_doubles("isNaN", math.isnan, "bool"),
    _on_doubles("isInf", math.isinf, "bool"), _on_doubles("isFinite", math.isfinite, "bool"),
    ("math.bitAnd", "(int, int) int; (uint, uint) uint", lambda left, right: type(left)(left & right)),
    ("math.bitOr", "(int, int) int; (uint, uint) uint", lambda left, right: type(left)(left | right)),
    ("math.bitXor", "(int, int) int; (uint, uint) uint", lambda left, right: type(left)(left ^ right)),
    ("math.bitNot", "(int) int", lambda value: ~value),
    ("math.bitShiftLeft", "(int, int) int", functools.partial(_shift, left=True)),
    ("math.bitShiftRight", "(int, int) int", functools.partial(_shift, left=False)),
)
