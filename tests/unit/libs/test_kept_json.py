"""Kept JSON takes as much memory as its text."""

import tracemalloc

import orjson
import pytest

from kubewheel.libs import kept_json


@pytest.mark.parametrize("value", [{"a": [1, "ä", None]}, {"text": "x" * 20_000}])
def test_no_more_is_held_than_the_text_takes(value: object) -> None:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [kept_json.dumps(value) for _ in range(100)]
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert set(kept) == {orjson.dumps(value)}
    assert held < 100 * (len(kept[0]) + 100)
