"""Source to tokens.

Grammar: https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubewheel.libs.cel.faults import Invalid, report
from kubewheel.libs.cel.values import Uint

LONGEST = 100_000
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      | (?P<string>(?:[bB][rR]?|[rR][bB]?)?(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''))
      | (?P<raw>(?:[bB][rR]|[rR][bB]?)(?:"[^"\n]*"|'[^'\n]*'))
      | (?P<line>[bB]?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
      | (?P<float>\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)
      | (?P<int>(?:0x[0-9a-fA-F]+|\d+)[uU]?)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<quoted>`[A-Za-z0-9_./ -]+`)
      | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]{}])""", re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:(?P<plain>[abfnrtv\\?\"'`])|x(?P<x>[0-9a-fA-F]{2})|X(?P<X>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})"
    r"|U(?P<U>[0-9a-fA-F]{8})|(?P<octal>[0-3][0-7]{2})|(?P<bad>.?))", re.DOTALL,
)
_PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
LARGEST, SMALLEST, LARGEST_UINT = 2**63 - 1, -(2**63), 2**64 - 1


@dataclass(slots=True)
class Token:
    """A word, a sign or a literal; `kind` is "end" behind the last one."""

    kind: str
    text: str
    place: int
    value: Any = None


def tokens(text: str) -> list[Token]:
    """Return the tokens of an expression; raise Invalid."""
    if len(text) > LONGEST:
        raise Invalid(f"ERROR: <input>:-1:0: expression code point size exceeds limit: size: {len(text)}, "
                      f"limit {LONGEST}")
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise Invalid(report(text, [(place, f"Syntax error: token recognition error at: '{text[place]}'")]))
        if match.lastgroup != "space":
            found.append(_token(text, str(match.lastgroup), match[0], place))
        place = match.end()
    found.append(Token("end", "<EOF>", len(text)))
    return found


def _token(text: str, group: str, found: str, place: int) -> Token:
    if group in ("sign", "word"):
        return Token("sign" if found == "in" else group, found, place)
    if group == "quoted":
        return Token(group, found[1:-1], place)
    make: Callable[[str], Any] = _LITERALS.get(group, _string)
    try:
        return Token("literal", found, place, make(found))
    except ValueError as error:
        raise Invalid(report(text, [(place, str(error))])) from error


def _integer(text: str) -> int:
    digits = text.rstrip("uU")
    value = int(digits, 16 if digits.startswith("0x") else 10)
    if text[-1] in "uU":
        if value > LARGEST_UINT:
            raise ValueError("invalid uint literal")
        return Uint(value)
    return value  # The parser checks the range, since the least of all is written with a sign.


def _string(text: str) -> str | bytes:
    prefix = text[:min(text.find(quote) for quote in "\"'" if quote in text)]
    body = text[len(prefix):]
    width = 3 if body[:3] in ('"""', "'''") and len(body) >= 6 else 1
    body = body[width:-width]
    is_bytes = "b" in prefix.lower()
    if "r" in prefix.lower():
        return body.encode() if is_bytes else body
    return _bytes(body) if is_bytes else _ESCAPE.sub(_unescaped, body)


def _unescaped(match: re.Match[str]) -> str:
    if match["bad"] is not None:
        raise ValueError(f"Syntax error: token recognition error at: '{match[0]}'")
    if match["plain"]:
        return _PLAIN.get(match["plain"], match["plain"])
    if match["octal"]:
        return chr(int(match["octal"], 8))
    code = int(match["x"] or match["X"] or match["u"] or match["U"], 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise ValueError("invalid unicode code point")
    return chr(code)


def _bytes(body: str) -> bytes:
    """Return a literal in which numbers are bytes, and everything else is text in UTF-8."""
    out = bytearray()
    place = 0
    for match in _ESCAPE.finditer(body):
        out += body[place:match.start()].encode()
        made = _unescaped(match)
        out += bytes([ord(made)]) if match["x"] or match["X"] or match["octal"] else made.encode()
        place = match.end()
    return bytes(out + body[place:].encode())


_LITERALS: dict[str, Callable[[str], Any]] = {"float": float, "int": _integer}
