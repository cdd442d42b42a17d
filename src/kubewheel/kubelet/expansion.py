"""$(NAME) references in commands, arguments and environment values."""

import re
from collections.abc import Mapping

REFERENCE = re.compile(r"\$(\$|\([^()]*\))")


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace `$(NAME)` by its value and `$$` by `$`; what has no value stays as written."""

    def replacement(match: re.Match[str]) -> str:
        found = match[1]
        if found == "$":
            return "$"
        return values.get(found[1:-1], match[0])

    return REFERENCE.sub(replacement, text) if "$" in text else text


def unknown(text: str, values: Mapping[str, str]) -> list[str]:
    """Return the names that `text` refers to and that have no value."""
    names = [match[1][1:-1] for match in REFERENCE.finditer(text) if match[1] != "$"]
    return [name for name in names if name not in values]
