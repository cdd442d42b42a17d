"""Source of expressions: what the evaluating package cannot read becomes what it can.

Rewritten: optional selection (`a.?b`, `a[?k]`), `cel.bind`, macros with two variables, `optMap`, and functions with a
namespace (`math.greatest`). All of it is local: a rewritten piece means the same wherever it stands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      | (?P<string>[rRbB]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''
          |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
      | (?P<number>(?:0x[0-9a-fA-F]+|\d+\.\d+(?:[eE][-+]?\d+)?|\d+(?:[eE][-+]?\d+)?)u?)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>==|!=|<=|>=|&&|\|\||.)""", re.VERBOSE | re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
LITERALS = frozenset({"true", "false", "null", "in"})
TYPES = frozenset({"int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"})
NAMESPACES = frozenset({"math", "sets", "base64", "strings", "ip", "format", "lists"})
ONE_VARIABLE = frozenset({"all", "exists", "exists_one", "existsOne", "map", "filter"})
TWO_VARIABLES = frozenset({"all", "exists", "existsOne", "exists_one", "transformList", "transformMap"})


@dataclass(slots=True)
class Group:
    """What stands between brackets."""

    open: str
    parts: "list[str | Group]"

    @property
    def text(self) -> str:
        """The group as source."""
        return f"{self.open}{joined(self.parts)}{_PAIRS[self.open]}"


@dataclass(slots=True)
class Source:
    """An expression that the package can read, and what it refers to."""

    text: str = ""
    names: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    chains: list[tuple[str, ...]] = field(default_factory=list)


def rewrite(text: str) -> Source:
    """Return an expression in the form that the package can read; raise ValueError for unbalanced brackets."""
    result = Source()
    _Rewriter(result).expression(_grouped(text), frozenset(), result_into=result)
    return result


def joined(parts: "Sequence[str | Group]") -> str:
    """Return parts as source."""
    return " ".join(part if isinstance(part, str) else part.text for part in parts)


def _grouped(text: str) -> "list[str | Group]":
    stack: list[Group] = [Group("(", [])]
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match.lastgroup == "space":
            continue
        if match.lastgroup == "sign" and token in _PAIRS:
            group = Group(token, [])
            stack[-1].parts.append(group)
            stack.append(group)
        elif match.lastgroup == "sign" and token in _PAIRS.values():
            if len(stack) < 2 or _PAIRS[stack[-1].open] != token:
                raise ValueError(f"ERROR: <input>:1:{match.start() + 1}: Syntax error: unexpected '{token}'")
            stack.pop()
        else:
            stack[-1].parts.append(token)
    if len(stack) > 1:
        raise ValueError("ERROR: <input>: Syntax error: missing closing bracket")
    return stack[0].parts


def _split(parts: "Sequence[str | Group]") -> "list[list[str | Group]]":
    """Return the arguments of a call."""
    found: list[list[str | Group]] = [[]]
    for part in parts:
        if part == ",":
            found.append([])
        else:
            found[-1].append(part)
    return found if found != [[]] else []


class _Rewriter:
    """Walks an expression from left to right; `bound` are the variables that macros around it have set."""

    def __init__(self, result: Source) -> None:
        self._result = result
        self._count = 0

    def expression(
        self, parts: "Sequence[str | Group]", bound: frozenset[str], *, result_into: Source | None = None
    ) -> str:
        """Return the rewritten text of `parts`."""
        out: list[str] = []
        place = 0
        while place < len(parts):
            place = self._piece(parts, place, bound, out)
        text = " ".join(out)
        if result_into is not None:
            result_into.text = text
        return text

    def _piece(self, parts: "Sequence[str | Group]", place: int, bound: frozenset[str], out: list[str]) -> int:
        part = parts[place]
        if isinstance(part, Group):
            out.append(self._group(part, bound, is_index=bool(out) and _ends_value(parts, place)))
            return place + 1
        if part == "." and place + 1 < len(parts):
            return self._selection(parts, place, bound, out)
        if _is_word(part) and part not in LITERALS:
            return self._name(parts, place, bound, out)
        out.append(part)
        return place + 1

    def _group(self, group: Group, bound: frozenset[str], *, is_index: bool) -> str:
        if is_index and group.open == "[" and group.parts[:1] == ["?"]:
            return f".optIndex__({self.expression(group.parts[1:], bound)})"
        if group.open == "{":
            return "{" + self._entries(group, bound) + "}"
        return f"{group.open}{self.expression(group.parts, bound)}{_PAIRS[group.open]}"

    def _entries(self, group: Group, bound: frozenset[str]) -> str:
        return ", ".join(self.expression(part, bound) for part in _split(group.parts))

    def _name(self, parts: "Sequence[str | Group]", place: int, bound: frozenset[str], out: list[str]) -> int:
        """Rewrite what begins with a name: a variable and its fields, or a call."""
        word, following = str(parts[place]), parts[place + 1:place + 4]
        if word == "cel" and [*following[:2]] == [".", "bind"] and _is_call(following[2:3]):
            out.append(self._bind(following[2], bound))  # type: ignore[arg-type]
            return place + 4
        if word in NAMESPACES and word not in bound and following[:1] == ["."] and _is_call(following[2:3]):
            name = f"{word}_{following[1]}"
            self._result.calls.add(name)
            out.append(name)
            return place + 3
        if _is_call(following[:1]):
            self._result.calls.add(word)
            out.append(word)
            if word == "has":
                out.append(self._group(following[0], bound, is_index=False))  # type: ignore[arg-type]
                return place + 2
            return place + 1
        if word not in bound and word not in TYPES and word != "optional":
            self._result.names.add(word)
            self._result.chains.append(_chain(parts, place))
        out.append(word)
        return place + 1

    def _bind(self, group: Group, bound: frozenset[str]) -> str:
        arguments = _split(group.parts)
        if len(arguments) != 3 or len(arguments[0]) != 1:
            raise ValueError("ERROR: <input>: cel.bind() takes a name, a value and an expression")
        name = str(arguments[0][0])
        body = self.expression(arguments[2], bound | {name})
        return f"[{self.expression(arguments[1], bound)}].map({name}, {body})[0]"

    def _selection(self, parts: "Sequence[str | Group]", place: int, bound: frozenset[str], out: list[str]) -> int:
        following = parts[place + 1]
        if following == "?":
            return self._optional(parts, place, bound, out)
        call = parts[place + 2] if place + 2 < len(parts) else None
        if isinstance(call, Group) and call.open == "(" and isinstance(following, str):
            return self._method(following, call, place, bound, out)
        out.append(f".{following}" if isinstance(following, str) else ".")
        return place + 2

    def _optional(self, parts: "Sequence[str | Group]", place: int, bound: frozenset[str], out: list[str]) -> int:
        """Rewrite `.?field` and the fields after it, which are looked up in whatever is there."""
        out.append(f'.optSelect__("{parts[place + 2]}")')
        place += 3
        while place < len(parts):
            part, rest = parts[place], parts[place + 1:place + 3]
            if isinstance(part, Group) and part.open == "[":
                inner = part.parts[1:] if part.parts[:1] == ["?"] else part.parts
                out.append(f".optIndex__({self.expression(inner, bound)})")
                place += 1
            elif part == "." and rest and not _is_call(rest[1:2]):
                step = 2 if rest[0] == "?" else 1
                out.append(f'.optSelect__("{parts[place + step]}")')
                place += step + 1
            else:
                break
        return place

    def _method(self, name: str, call: Group, place: int, bound: frozenset[str], out: list[str]) -> int:
        arguments = _split(call.parts)
        if name in TWO_VARIABLES and len(arguments) >= 3 and _are_names(arguments[:2]) and name != "map":
            out.append(self._two(name, arguments, bound))
        elif name in ONE_VARIABLE and len(arguments) >= 2 and _are_names(arguments[:1]):
            inner = bound | {str(arguments[0][0])}
            texts = [self.expression(part, inner) for part in arguments[1:]]
            word = "exists_one" if name == "existsOne" else name
            out.append(f".{word}({', '.join([str(arguments[0][0]), *texts])})")
        elif name in ("optMap", "optFlatMap") and len(arguments) == 2:
            inner_text = self.expression(arguments[1], bound | {str(arguments[0][0])})
            last = "optFirst__" if name == "optMap" else "optFlat__"
            out.append(f".optList__().map({arguments[0][0]}, {inner_text}).{last}()")
        else:
            self._result.calls.add(name)
            texts = [self.expression(part, bound) for part in arguments]
            out.append(f".{name}({', '.join(texts)})")
        return place + 3

    def _two(self, name: str, arguments: "list[list[str | Group]]", bound: frozenset[str]) -> str:
        """Rewrite a macro that binds keys and values to one that binds pairs of them."""
        key, value = str(arguments[0][0]), str(arguments[1][0])
        self._count += 1
        pair = f"pair{self._count}__"
        inner = bound | {key, value}

        def body(part: "list[str | Group]") -> str:
            text = self.expression(part, inner)
            return f"[{pair}.k].map({key}, [{pair}.v].map({value}, {text})[0])[0]"

        if name in ("all", "exists", "existsOne", "exists_one"):
            word = "exists_one" if name == "existsOne" else name
            return f".pairs__().{word}({pair}, {body(arguments[2])})"
        chosen = f".filter({pair}, {body(arguments[2])})" if len(arguments) == 4 else ""
        made = body(arguments[-1])
        if name == "transformList":
            return f".pairs__(){chosen}.map({pair}, {made})"
        return f".pairs__(){chosen}.map({pair}, {{'k': {pair}.k, 'v': {made}}}).fromPairs__()"


def _is_word(part: "str | Group") -> bool:
    return isinstance(part, str) and (part[0].isalpha() or part[0] == "_") and part[-1] not in "\"'"


def _is_call(parts: "Sequence[str | Group]") -> bool:
    return bool(parts) and isinstance(parts[0], Group) and parts[0].open == "("


def _are_names(arguments: "Sequence[Sequence[str | Group]]") -> bool:
    return all(len(part) == 1 and _is_word(part[0]) for part in arguments)


def _ends_value(parts: "Sequence[str | Group]", place: int) -> bool:
    """Tell whether what stands before `place` is a value, so that a bracket there is an index."""
    before = parts[place - 1] if place else None
    if isinstance(before, Group):
        return True
    return before is not None and (_is_word(before) or before[-1] in "\"'") and before != "in"


def _chain(parts: "Sequence[str | Group]", place: int) -> tuple[str, ...]:
    """Return the name at `place` with the fields selected from it; methods are none."""
    found = [str(parts[place])]
    place += 1
    while place + 1 < len(parts) and parts[place] == "." and _is_word(parts[place + 1]):
        if _is_call(parts[place + 2:place + 3]):
            break
        found.append(str(parts[place + 1]))
        place += 2
    return tuple(found)
