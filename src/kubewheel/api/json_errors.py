"""What Go's JSON decoder says about a text that is no JSON."""

import json
import re

END = "unexpected end of JSON input"
_LITERALS = {"t": "true", "f": "false", "n": "null"}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*("|$)', re.DOTALL)


def refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python's parser takes for numbers."""
    raise ValueError(f"invalid character {quote(name[0])} looking for beginning of value")


def quote(letter: str) -> str:
    """Return a character as Go quotes it in messages."""
    if letter == "'":
        return "'\\''"
    if letter == '"':
        return "'\"'"
    return f"'{json.dumps(letter, ensure_ascii=False)[1:-1]}'"


def explain(error: json.JSONDecodeError) -> str:
    """Return Go's message for the fault that Python's parser found."""
    text, place = error.doc, error.pos
    if error.msg.startswith("Unterminated string"):
        return END
    if error.msg.startswith("Invalid \\u"):
        place = _first_not_hex(text, place)
    elif error.msg.startswith("Invalid \\"):
        place = text.find("\\", place) + 1
    elif error.msg.startswith("Illegal trailing comma"):
        place = _next(text, place + 1)
    if place >= len(text):
        return END
    if error.msg == "Expecting value" and text[place] in _LITERALS:
        return _explain_literal(text, place)
    return f"invalid character {quote(text[place])} {_context(error.msg, text, place)}"


def _context(message: str, text: str, place: int) -> str:
    if message == "Expecting value":
        return "looking for beginning of value"
    if message.startswith(("Expecting property name", "Illegal trailing comma before end of object")):
        return "looking for beginning of object key string"
    if message == "Expecting ':' delimiter":
        return "after object key"
    if message == "Expecting ',' delimiter":
        return "after object key:value pair" if _enclosing(text, place) == "{" else "after array element"
    if message == "Extra data":
        return "after top-level value"
    if message.startswith("Invalid \\u"):
        return "in \\u hexadecimal character escape"
    if message.startswith("Invalid \\"):
        return "in string escape code"
    if message.startswith("Invalid control character"):
        return "in string literal"
    return "looking for beginning of value"


def _explain_literal(text: str, place: int) -> str:
    wanted = _LITERALS[text[place]]
    for offset, letter in enumerate(wanted):
        at = place + offset
        if at >= len(text):
            return END
        if text[at] != letter:
            return f"invalid character {quote(text[at])} in literal {wanted} (expecting {quote(letter)})"
    return END


def _first_not_hex(text: str, place: int) -> int:
    start = text.find("u", place)
    match = re.compile("[0-9a-fA-F]*").match(text, start + 1)
    return match.end() if match else len(text)


def _next(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def _enclosing(text: str, end: int) -> str:
    """Return the bracket that is open at `end`."""
    brackets = [letter for letter in _STRING.sub("", text[:end]) if letter in "{}[]"]
    depth = 0
    for letter in reversed(brackets):
        depth += 1 if letter in "}]" else -1
        if depth < 0:
            return letter
    return ""
