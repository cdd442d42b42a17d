"""Differences between objects: whether they mean the same, and where they do not."""

import json
from typing import Any

LINES = 20  # A message is for people; the first differences tell the story.


def plain(value: Any) -> Any:
    """Return `value` without the fields that hold nothing: to the API they are as good as absent."""
    if isinstance(value, dict):
        cleaned = {name: plain(item) for name, item in value.items()}
        return {name: item for name, item in cleaned.items() if item is not None and item not in ("", [], {})}
    return [plain(item) for item in value] if isinstance(value, list) else value


def is_same(new: Any, old: Any) -> bool:
    """Return whether two values mean the same."""
    return bool(new == old or plain(new) == plain(old))


def _changes(old: Any, new: Any, path: str) -> list[tuple[str, Any, Any]]:
    if old == new:
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        keys = dict.fromkeys((*old, *new))
        return [change for key in keys for change in _changes(old.get(key), new.get(key), f"{path}.{key}")]
    if isinstance(old, list) and isinstance(new, list):
        longest = max(len(old), len(new))
        pairs = [(old[at] if at < len(old) else None, new[at] if at < len(new) else None) for at in range(longest)]
        return [change for at, (was, now) in enumerate(pairs) for change in _changes(was, now, f"{path}[{at}]")]
    return [(path, old, new)]


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def describe(old: Any, new: Any, path: str) -> str:
    """Return the differences as lines of a diff."""
    lines = []
    for place, was, now in _changes(plain(old), plain(new), path)[:LINES]:
        lines += [f"- {place}: {_shown(was)}"] if was is not None else []
        lines += [f"+ {place}: {_shown(now)}"] if now is not None else []
    return "\n".join(lines)
