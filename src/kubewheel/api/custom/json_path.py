"""JSON paths of printer columns: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`.

Syntax: https://kubernetes.io/docs/reference/kubectl/jsonpath/
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

Step = Callable[[Any], Iterator[Any]]
_TOKEN = re.compile(
    r"""\.\.(?P<deep>[^.\[\]\s]+) | \.?(?P<all>\*) | \.(?P<field>(?:\\.|[^.\[\]\s\\])+)
      | \[\?\((?P<filter>.*?)\)\] | \[(?P<bracket>(?:'(?:\\.|[^'])*'|"(?:\\.|[^"])*"|[^\]'"])*)\]""", re.VERBOSE,
)
_FILTER = re.compile(r"\s*@(?P<left>[^=!<>]*?)\s*(?:(?P<operator>==|!=|<=|>=|<|>)\s*(?P<right>.+?))?\s*")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: bool(left == right), "!=": lambda left, right: bool(left != right),
    "<": lambda left, right: bool(left < right), "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right), ">=": lambda left, right: bool(left >= right),
}


def find(value: Any, path: str) -> list[Any]:
    """Return what `path` leads to, nothing if it leads nowhere."""
    found = [value]
    for step in parsed(path):
        found = [each for outer in found for each in step(outer)]
    return found


@lru_cache(maxsize=1024)
def parsed(path: str) -> Sequence[Step]:
    """Return the steps of a path; raise ValueError if it cannot be read."""
    text = path.strip().removeprefix("{").removesuffix("}").removeprefix("$").removeprefix("@")
    steps, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            if text[place:] == ".":
                break
            raise ValueError(f"unrecognized character in JSON path: {text[place:]!r}")
        steps.append(_step(match))
        place = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> Step:
    if (name := match["deep"]) is not None:
        return lambda value: _deep(value, name)
    if match["all"] is not None:
        return _every
    if (name := match["field"]) is not None:
        return _field(re.sub(r"\\(.)", r"\1", name))
    if match["filter"] is not None:
        return _filter(match["filter"])
    return _bracket(match["bracket"])


def _field(name: str) -> Step:
    def step(value: Any) -> Iterator[Any]:
        if isinstance(value, dict) and name in value:
            yield value[name]

    return step


def _every(value: Any) -> Iterator[Any]:
    yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _deep(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, dict) and name in value:
        yield value[name]
    for inner in _every(value):
        yield from _deep(inner, name)


def _bracket(text: str) -> Step:
    if text.strip() == "*":
        return _every
    steps = [_one(part.strip()) for part in re.findall(r"'(?:\\.|[^'])*'|\"(?:\\.|[^\"])*\"|[^,]+", text)]

    def step(value: Any) -> Iterator[Any]:
        for each in steps:
            yield from each(value)

    return step


def _one(text: str) -> Step:
    if text[:1] in ("'", '"'):
        return _field(text[1:-1].replace("\\'", "'").replace('\\"', '"'))
    numbers = [int(part) if part.strip() else None for part in text.split(":")]
    chosen = slice(*numbers) if len(numbers) > 1 else None
    index = numbers[0]

    def step(value: Any) -> Iterator[Any]:
        if not isinstance(value, list):
            return
        if chosen is not None:
            yield from value[chosen]
        elif index is not None and -len(value) <= index < len(value):
            yield value[index]

    return step


def _filter(text: str) -> Step:
    match = _FILTER.fullmatch(text)
    if match is None:
        raise ValueError(f"unrecognized filter in JSON path: {text!r}")
    left, operator, right = match["left"], match["operator"], match["right"]
    wanted = _literal(right) if operator else None

    def step(value: Any) -> Iterator[Any]:
        for item in _every(value):
            found = find(item, left)
            if found and (not operator or _compare(operator, found[0], wanted)):
                yield item

    return step


def _compare(operator: str, left: Any, right: Any) -> bool:
    try:
        return _OPERATORS[operator](left, right)
    except TypeError:
        return False


def _literal(text: str) -> Any:
    if text[:1] in ("'", '"'):
        return text[1:-1]
    try:
        return json.loads(text)
    except ValueError:
        return text
