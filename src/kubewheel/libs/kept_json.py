"""JSON that is kept: encoded into as much memory as it needs."""

from typing import Any

import orjson


def dumps(value: Any) -> bytes:
    """Return `value` as JSON.

    What orjson returns holds on to the buffer in which it was made, 8 KiB or more of it; that is copied from and freed.
    """
    return bytes(memoryview(orjson.dumps(value)))
