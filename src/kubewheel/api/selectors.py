"""Selectors: of labels (as text and as LabelSelector objects) and of fields.

Grammar and messages: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors and
.../field-selectors/. A text that cannot be read raises a 400.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.api import errors, names
from kubewheel.api.errors import FieldError, StatusError
from kubewheel.libs.wire import Object

IN, NOT_IN, EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER, LESS, EXISTS, NOT_EXISTS = (
    "in", "notin", "=", "==", "!=", "gt", "lt", "exists", "!",
)
_BINARY = ", ".join((IN, NOT_IN, EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER, LESS))
_OPERATORS = {
    "=": EQUALS, "==": DOUBLE_EQUALS, "!=": NOT_EQUALS, ">": GREATER, "<": LESS, "in": IN, "notin": NOT_IN,
}
_OBJECT_OPERATORS = {"In": IN, "NotIn": NOT_IN, "Exists": EXISTS, "DoesNotExist": NOT_EXISTS}
_TOKEN = re.compile(r"[ \t\r\n]*(==|!=|[=!(),<>]|[^ \t\r\n=!(),<>]+|$)")
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_SYMBOLS = frozenset(("", "=", "==", "!=", "!", "(", ")", ",", "<", ">"))
_NO_LABELS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether `labels` fulfil the condition."""
        value = labels.get(self.key)
        if self.operator in (IN, EQUALS, DOUBLE_EQUALS):
            return value is not None and value in self.values
        if self.operator in (NOT_IN, NOT_EQUALS):
            return value is None or value not in self.values
        if self.operator == EXISTS:
            return value is not None
        if self.operator == NOT_EXISTS:
            return value is None
        if value is None or not _INTEGER.fullmatch(value):
            return False
        difference = int(value) - int(self.values[0])
        return difference > 0 if self.operator == GREATER else difference < 0

    def __str__(self) -> str:
        if self.operator == EXISTS:
            return self.key
        if self.operator == NOT_EXISTS:
            return f"!{self.key}"
        values = ",".join(sorted(self.values))
        if self.operator in (IN, NOT_IN):
            return f"{self.key} {self.operator} ({values})"
        sign = {GREATER: ">", LESS: "<"}.get(self.operator, self.operator)
        return f"{self.key}{sign}{values}"


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Conditions that must all hold; none match everything, unless `nothing` is set."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        """Return whether an object with these labels is selected."""
        if self.nothing:
            return False
        return all(each.matches(labels or _NO_LABELS) for each in self.requirements)

    @property
    def is_empty(self) -> bool:
        """Whether everything is selected."""
        return not self.requirements and not self.nothing

    def exact(self, key: str) -> str | None:
        """Return the one value that label `key` must have, or None."""
        for each in self.requirements:
            if each.key == key and each.operator in (IN, EQUALS, DOUBLE_EQUALS) and len(each.values) == 1:
                return each.values[0]
        return None

    def __str__(self) -> str:
        return ",".join(str(each) for each in self.requirements)


EVERYTHING = LabelSelector()
NOTHING = LabelSelector(nothing=True)


def _faults_of(key: str, operator: str, values: Sequence[str]) -> list[FieldError]:
    faults = []
    if messages := names.qualified_name(key):
        faults.append(FieldError("key", "Invalid value", key, "; ".join(messages)))
    if operator in (GREATER, LESS) and not _INTEGER.fullmatch(values[0]):
        detail = "for 'Gt', 'Lt' operators, the value must be an integer"
        faults.append(FieldError("values[0]", "Invalid value", values[0], detail))
    for place, value in enumerate(values):
        if messages := names.label_value(value):
            faults.append(FieldError(f"values[{place}][{key}]", "Invalid value", value, "; ".join(messages)))
    return faults


def _requirement(key: str, operator: str, values: Iterable[str]) -> Requirement:
    values = tuple(values)
    faults = [str(fault) for fault in _faults_of(key, operator, values)]
    if faults:
        raise ValueError(faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]")
    return Requirement(key, operator, values)


class _Parser:
    """Recursive descent over the tokens of a label selector."""

    def __init__(self, text: str) -> None:
        self._tokens = [match[1] for match in _TOKEN.finditer(text)]
        self._place = 0

    def peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def take(self) -> str:
        word = self.peek()
        self._place += 1
        return word

    def parse(self) -> list[Requirement]:
        found: list[Requirement] = []
        while (word := self.peek()) != "":
            if word in _SYMBOLS and word != "!":
                raise ValueError(f"found '{word}', expected: !, identifier, or 'end of string'")
            try:
                found.append(self.requirement())
            except ValueError as error:
                raise ValueError(f"unable to parse requirement: {error}") from error
            separator = self.take()
            if separator not in ("", ","):
                raise ValueError(f"found '{separator}', expected: ',' or 'end of string'")
            if separator == "," and self.peek() in _SYMBOLS and self.peek() != "!":
                raise ValueError(f"found '{self.peek()}', expected: identifier after ','")
        return found

    def requirement(self) -> Requirement:
        key = self.take()
        negated = key == "!"
        if negated:
            key = self.take()
        if key in _SYMBOLS:
            raise ValueError(f"found '{key}', expected: identifier")
        if messages := names.qualified_name(key):
            raise ValueError(f"<nil>: {FieldError('', 'Invalid value', key, '; '.join(messages))}")
        if self.peek() in ("", ","):
            return Requirement(key, NOT_EXISTS if negated else EXISTS)
        if negated:
            return Requirement(key, NOT_EXISTS)
        sign = self.take()
        operator = _OPERATORS.get(sign)
        if operator is None:
            raise ValueError(f"found '{sign}', expected: {_BINARY}")
        return _requirement(key, operator, self.values() if operator in (IN, NOT_IN) else (self.value(),))

    def value(self) -> str:
        if self.peek() in ("", ","):
            return ""
        word = self.take()
        if word in _SYMBOLS:
            raise ValueError(f"found '{word}', expected: identifier")
        return word

    def values(self) -> list[str]:
        if (word := self.take()) != "(":
            raise ValueError(f"found '{word}' expected: '('")
        if self.peek() in _SYMBOLS and self.peek() not in (",", ")"):
            raise ValueError(f"found '{self.peek()}', expected: ',', ')' or identifier")
        found: set[str] = set()
        expect_value = True
        while (word := self.take()) != ")":
            if word == ",":
                if expect_value:
                    found.add("")
                expect_value = True
            elif not expect_value:
                raise ValueError(f"found '{word}', expected: ',' or ')'")
            elif word in _SYMBOLS:
                raise ValueError(f"found '{word}', expected: ',', or identifier")
            else:
                found.add(word)
                expect_value = False
        if expect_value:
            found.add("")
        return sorted(found)


def parse_labels(text: str) -> LabelSelector:
    """Return the label selector that `text` stands for; raise a 400 if it cannot be read."""
    if not text:
        return EVERYTHING
    try:
        found = _Parser(text).parse()
    except ValueError as error:
        raise errors.bad_request(str(error)) from error
    return LabelSelector(tuple(sorted(found, key=lambda each: each.key)))


def from_labels(labels: Mapping[str, str] | None) -> LabelSelector:
    """Return the selector of a Service or ReplicationController: these labels; none select everything."""
    return LabelSelector(tuple(Requirement(key, EQUALS, (value,)) for key, value in sorted((labels or {}).items())))


def from_object(selector: Object | None) -> LabelSelector:
    """Return the selector that a LabelSelector object stands for: none selects nothing, an empty one everything."""
    if selector is None:
        return NOTHING
    found = [Requirement(key, EQUALS, (value,)) for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or ():
        operator = _OBJECT_OPERATORS.get(expression.get("operator", ""))
        if operator is None:
            raise errors.bad_request(
                f"{json.dumps(expression.get('operator', ''))} is not a valid label selector operator"
            )
        found.append(Requirement(expression.get("key", ""), operator, tuple(expression.get("values") or ())))
    return LabelSelector(tuple(sorted(found, key=lambda each: each.key)))


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on one field."""

    field: str
    value: str
    negated: bool = False


_SPLIT = re.compile(r"(.*?)(!=|==|=)(.*)", re.DOTALL)
_SPECIAL = re.compile(r"[,=\\]")
_ESCAPE = re.compile(r"\\(.?)|[,=]", re.DOTALL)


def _unescape(value: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1] is None:
            raise ValueError(f"invalid field selector: unescaped character in value: {match[0]}")
        if match[1] not in ("\\", ",", "="):
            raise ValueError(f"invalid field selector: invalid escape sequence: {match[0]}")
        return match[1]

    return _ESCAPE.sub(replace, value)


def parse_terms(text: str) -> tuple[Term, ...]:
    """Return the conditions of a field selector; raise a 400 if it cannot be read."""
    found = []
    for part in sorted(_split_terms(text)):
        match = _SPLIT.fullmatch(part)
        if match is None:
            raise errors.bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        try:
            value = _unescape(match[3])
        except ValueError as error:
            raise errors.bad_request(str(error)) from error
        found.append(Term(match[1], value, negated=match[2] == "!="))
    return tuple(found)


def _split_terms(text: str) -> list[str]:
    parts, begin, escaped = [], 0, False
    for place, letter in enumerate(text):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == ",":
            parts.append(text[begin:place])
            begin = place + 1
    return [part for part in [*parts, text[begin:]] if part]


def _name(obj: Object) -> str:
    return str(obj["metadata"].get("name", ""))


def _namespace(obj: Object) -> str:
    return str(obj["metadata"].get("namespace", ""))


_METADATA: Mapping[str, Callable[[Object], str]] = {"metadata.name": _name, "metadata.namespace": _namespace}


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """Conditions on fields that must all hold."""

    terms: tuple[Term, ...] = ()
    readers: tuple[Callable[[Object], str], ...] = ()

    def matches(self, obj: Object) -> bool:
        """Return whether `obj` is selected."""
        return all(
            (read(obj) == term.value) != term.negated for term, read in zip(self.terms, self.readers, strict=True)
        )

    @property
    def is_empty(self) -> bool:
        """Whether everything is selected."""
        return not self.terms

    def exact(self, field: str) -> str | None:
        """Return the one value that `field` must have, or None."""
        return next((term.value for term in self.terms if term.field == field and not term.negated), None)

    def __str__(self) -> str:
        return ",".join(
            f"{term.field}{'!=' if term.negated else '='}{_SPECIAL.sub(_escaped, term.value)}"
            for term in self.terms
        )


def _escaped(match: re.Match[str]) -> str:
    return "\\" + match[0]


def parse_fields(text: str, selectable: Mapping[str, Callable[[Object], Any]] | None = None) -> FieldSelector:
    """Return the field selector that `text` stands for; `selectable` are a kind's fields beyond name and namespace."""
    if not text:
        return FieldSelector()
    terms = parse_terms(text)
    return FieldSelector(terms, tuple(_reader(term.field, selectable or {}) for term in terms))


def _reader(field: str, selectable: Mapping[str, Callable[[Object], Any]]) -> Callable[[Object], str]:
    found = _METADATA.get(field) or selectable.get(field)
    if found is None:
        raise _unknown_field(field, has_own=bool(selectable))
    return found


def _unknown_field(field: str, *, has_own: bool) -> StatusError:
    if has_own:
        return errors.bad_request(f"field label not supported: {field}")
    return errors.bad_request(
        f'{json.dumps(field)} is not a known field selector: only "metadata.name", "metadata.namespace"'
    )
