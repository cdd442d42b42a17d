"""Static tokens: lines of `token,user,uid,"group1,group2"`, as in --token-auth-file."""

import csv
from collections.abc import Mapping

from kubewheel.libs.wire import Identity


def parse(text: str) -> dict[str, Identity]:
    """Return the identity of each token in a token file; raise ValueError for a line with too few columns."""
    tokens: dict[str, Identity] = {}
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        columns = [column.strip() for column in row]
        if not columns or columns[0].startswith("#"):
            continue
        if len(columns) < 3:
            raise ValueError(f"token file line {number}: {len(columns)} columns instead of token,user,uid[,groups]")
        if not columns[0]:
            raise ValueError(f"token file line {number}: empty token")
        groups = tuple(group.strip() for group in columns[3].split(",") if group.strip()) if len(columns) > 3 else ()
        tokens[columns[0]] = Identity(name=columns[1], groups=groups, uid=columns[2])
    return tokens


class TokenFile:
    """Identifies bearers of static tokens."""

    def __init__(self, tokens: Mapping[str, Identity]) -> None:
        self._tokens = tokens

    def identify_token(self, token: str) -> Identity | None:
        """Return the identity that `token` stands for."""
        return self._tokens.get(token)
