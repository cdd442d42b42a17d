"""Regular expressions as Go reads them (RE2), made usable here; what Go refuses is refused in its words.

Syntax: https://github.com/google/re2/wiki/Syntax
"""

import re
from collections.abc import Mapping
from functools import lru_cache

CLASSES: Mapping[str, str] = {
    "[:alnum:]": "0-9A-Za-z", "[:alpha:]": "A-Za-z", "[:ascii:]": r"\x00-\x7F", "[:blank:]": r"\t ",
    "[:cntrl:]": r"\x00-\x1F\x7F", "[:digit:]": "0-9", "[:graph:]": "!-~", "[:lower:]": "a-z", "[:print:]": " -~",
    "[:punct:]": r"!-/:-@\[-`{-~", "[:space:]": r"\t\n\v\f\r ", "[:upper:]": "A-Z", "[:word:]": r"0-9A-Za-z_",
    "[:xdigit:]": "0-9A-Fa-f",
}
UNICODE: Mapping[str, str] = {  # Of \p; outside of ASCII by what Python tells apart.
    "L": r"[^\W\d_]", "Lu": "[A-Z\u00c0-\u00de]", "Ll": "[a-z\u00df-\u00ff]", "N": r"\d", "Nd": r"\d",
    "P": r"[!-/:-@\[-`{-~]", "S": r"[$+<=>^`|~]", "Z": r"\s", "Zs": r"[ \u00a0]",
}
# Where Go's $ and \z are the end, Python's $ also stands before a last newline.
SIMPLE: Mapping[str, str] = {r"\z": r"\Z", "$": r"\Z", "(?<": "(?P<", "{,": r"\{,"}
_TOKEN = re.compile(
    r"\[:\^?\w+:\]|\\[pP](?:\{\^?\w+\}|\w)|\\x\{[0-9A-Fa-f]+\}|\\Q.*?(?:\\E|\Z)|\\.|\(\?<(?![=!])|\(\?[P:ims<=!#(>-]|"
    r"\{,|.", re.DOTALL,
)
REFUSED = ("(?=", "(?!", "(?<", "(?#", "(?(", "(?>")
# What Python says of a fault, and Go; the group is the part of the pattern that Go shows.
WORDS: tuple[tuple[str, str, str], ...] = (
    ("nothing to repeat", "missing argument to repetition operator", r"[*+?]|\{\d*,?\d*\}"),
    ("multiple repeat", "invalid nested repetition operator", r"[*+?]+|.*"),
    ("unterminated subpattern", "missing closing )", ""),
    ("unterminated character set", "missing closing ]", r".*"),
    ("unbalanced parenthesis", "unexpected )", ""),
    ("bad character range", "invalid character class range", r"[^\]]{3}"),
    ("min repeat greater than max repeat", "invalid repeat count", r"\{\d*,?\d*\}"),
    ("bad escape (end of pattern)", "trailing backslash at end of expression", "$"),
    ("bad escape", "invalid escape sequence", r"\\."),
)


ANYTHING = re.compile("")  # Stands for what Go can read and Python cannot: no value is refused for it.


class Unreadable(ValueError):
    """Not a pattern; the text is what Go says of it."""


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern of Go's syntax; raise Unreadable."""
    translated = _translate(pattern)
    try:
        return re.compile(translated)
    except re.error as error:
        if found := _explain(pattern, translated, error):
            raise Unreadable(found) from error
        return ANYTHING
    except (OverflowError, RecursionError) as error:
        raise Unreadable(f"error parsing regexp: expression nests too deeply: `{pattern}`") from error


def _translate(pattern: str) -> str:
    made: list[str] = []
    in_class = False
    for match in _TOKEN.finditer(pattern):
        part = match[0]
        if not in_class:
            _refuse(part)
        made.append(_translated(part, in_class=in_class))
        if not in_class:
            in_class = part == "["
        elif part == "]" and made[-2] not in ("[", "^"):
            in_class = False
    return "".join(made)


def _refuse(part: str) -> None:
    """Raise Unreadable for what Python can and Go cannot."""
    if part.startswith(REFUSED) and part != "(?<":
        raise Unreadable(f"error parsing regexp: invalid or unsupported Perl syntax: `{part}`")
    if re.fullmatch(r"\\[1-9Z]", part):
        raise Unreadable(f"error parsing regexp: invalid escape sequence: `{part}`")


def _translated(part: str, *, in_class: bool) -> str:
    if part in CLASSES:
        return CLASSES[part]
    if part.startswith((r"\P", "[:")):
        return r"\W\w" if in_class else r"[\W\w]"
    if part.startswith(r"\x{"):
        return f"\\U{part[3:-1]:0>8}"
    if part.startswith(r"\p"):
        found = UNICODE.get(part[2:].strip("{}"), r"\w")
        return found.strip("[]") if in_class and not found.startswith("[^") else r"\w" if in_class else found
    if part.startswith(r"\Q"):
        return re.escape(part[2:].removesuffix(r"\E"))
    if in_class:
        return r"\[" if part == "[" else part
    return SIMPLE.get(part, part)


def _explain(pattern: str, translated: str, error: re.error) -> str:
    """Return what Go says of a fault, or nothing if it may be none for Go."""
    for theirs, ours, shown in WORDS:
        if theirs in str(error):
            part = re.compile(shown).search(translated, error.pos or 0) or re.search(shown, pattern) if shown else None
            return f"error parsing regexp: {ours}: `{part[0] if part else pattern}`"
    return ""
