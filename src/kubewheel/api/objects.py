"""JSON objects as values: copies."""

from typing import Any

import orjson

from kubewheel.libs.wire import Object


def copy(obj: Object) -> dict[str, Any]:
    """Return a deep copy that the caller may change."""
    return orjson.loads(orjson.dumps(obj))  # type: ignore[no-any-return]
