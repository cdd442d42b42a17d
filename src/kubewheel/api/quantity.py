"""Quantities: `100m`, `1.5Gi`, `12e6`; exact, down to 10^-9, as integers of that unit.

Rules: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ — a value keeps the notation it
was given in (binary, decimal or exponent), is written in its canonical form, and is rounded up to a multiple of 10^-9.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
WRONG_NUMBER = "unable to parse numeric part of quantity"
WRONG_SUFFIX = "unable to parse quantity's suffix"

NANO = 10**9
MAXIMUM = (2**63 - 1) * NANO

_PATTERN = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*)([-+]?[0-9]*)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_NAMES = {exponent: name for name, exponent in _DECIMAL.items()}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_BINARY_NAMES = {power: name for name, power in _BINARY.items()}
_ENOUGH_DIGITS = 64  # Numbers beyond lie far outside of every limit; working them out would only cost time.

DECIMAL, BINARY, EXPONENT = "DecimalSI", "BinarySI", "DecimalExponent"


@dataclass(frozen=True, slots=True, order=True)
class Quantity:
    """An amount of `nanos` units of 10^-9; comparisons see the amount only."""

    nanos: int
    format: str = DECIMAL

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.nanos == other.nanos

    def __hash__(self) -> int:
        return hash(self.nanos)

    def __add__(self, other: "Quantity") -> "Quantity":
        return Quantity(_clamp(self.nanos + other.nanos), self._format_with(other))

    def __sub__(self, other: "Quantity") -> "Quantity":
        return Quantity(_clamp(self.nanos - other.nanos), self._format_with(other))

    def __neg__(self) -> "Quantity":
        return Quantity(-self.nanos, self.format)

    def _format_with(self, other: "Quantity") -> str:
        return self.format if self.nanos else other.format

    @property
    def value(self) -> int:
        """The amount in whole units, rounded up."""
        return -(-self.nanos // NANO)

    @property
    def milli(self) -> int:
        """The amount in thousandths, rounded up."""
        return -(-self.nanos // 10**6)

    def __str__(self) -> str:
        if self.nanos == 0:
            return "0"
        whole, rest = divmod(self.nanos, NANO)
        if self.format == BINARY and not rest and abs(whole) >= 1024:
            return _binary(whole)
        number, exponent = _thousands(self.nanos)
        if self.format == EXPONENT:
            return f"{number}e{exponent}" if exponent else str(number)
        return f"{number}{_DECIMAL_NAMES[exponent]}"


ZERO = Quantity(0)


def _binary(whole: int) -> str:
    power = 0
    while power < 6 and whole % 1024 == 0:
        whole //= 1024
        power += 1
    return f"{whole}{_BINARY_NAMES[power]}" if power else str(whole)


def _thousands(nanos: int) -> tuple[int, int]:
    """Return the shortest number and the exponent of ten, a multiple of three, that make up `nanos`."""
    exponent = -9
    while exponent < 18 and nanos % 1000 == 0:
        nanos //= 1000
        exponent += 3
    return nanos, exponent


def _clamp(nanos: int) -> int:
    return max(-MAXIMUM, min(MAXIMUM, nanos))


def _scale(suffix: str, exponent: str) -> tuple[int, int, str]:
    """Return base, power and format that a suffix stands for."""
    if suffix in ("e", "E") and exponent:
        if exponent in ("+", "-"):
            raise ValueError(WRONG_SUFFIX)
        return 10, int(exponent[: _ENOUGH_DIGITS]), EXPONENT
    if exponent:
        raise ValueError(WRONG_SUFFIX)
    if suffix in _BINARY:
        return 1024, _BINARY[suffix], BINARY
    if suffix in _DECIMAL:
        return 10, _DECIMAL[suffix], DECIMAL
    raise ValueError(WRONG_SUFFIX)


def _nanos(digits: str, decimals: int, base: int, power: int) -> int:
    """Return digits x 10^-decimals x base^power in units of 10^-9, rounded up."""
    digits = digits.lstrip("0")
    if not digits:
        return 0
    if base == 1024:
        numerator, tens = int(1024**power), 9 - decimals
    else:
        numerator, tens = 1, 9 + power - decimals
    if len(digits) + tens > _ENOUGH_DIGITS:
        return MAXIMUM
    if len(digits) + tens < -_ENOUGH_DIGITS:
        return 1
    dropped = max(0, len(digits) - 4 * _ENOUGH_DIGITS)  # Digits so far behind the point that they change nothing.
    amount = int(digits[: len(digits) - dropped]) * numerator
    tens += dropped
    factor: int = 10 ** abs(tens)
    return amount * factor if tens >= 0 else -(-amount // factor)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Quantity:
    match = _PATTERN.fullmatch(text)
    if match is None or not text:
        raise ValueError(WRONG_FORMAT)
    sign, whole, fraction, suffix, exponent = match.groups()
    if not whole and fraction is None:
        raise ValueError(WRONG_FORMAT)
    if not whole and not fraction:
        raise ValueError(WRONG_NUMBER)
    base, power, form = _scale(suffix, exponent)
    nanos = _clamp(_nanos(whole + (fraction or ""), len(fraction or ""), base, power))
    return Quantity(-nanos if sign == "-" else nanos, form)


def parse(value: str | float) -> Quantity:
    """Return the quantity that a JSON string or number names; raise ValueError with upstream's message."""
    return _parse(value.strip() if isinstance(value, str) else repr(value))


@lru_cache(maxsize=4096)
def canonical(value: str) -> str:
    """Return `value` as upstream would write it; raise ValueError if it is no quantity."""
    return str(_parse(value.strip()))


def of(value: str | float | None) -> Quantity:
    """Return the quantity of a field that may be absent: nothing is zero."""
    return ZERO if value is None else parse(value)
