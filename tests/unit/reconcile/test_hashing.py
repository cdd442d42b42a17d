"""Hashes that name things."""

import pytest

from kubewheel.reconcile import hashing


def test_hash_is_stable_and_safe() -> None:
    first = hashing.short_hash({"a": 1, "b": [2]})
    assert first == hashing.short_hash({"b": [2], "a": 1})
    assert set(first) <= set(hashing.LETTERS)
    assert first != hashing.short_hash({"a": 1, "b": [2]}, 1)


@pytest.mark.parametrize(("data", "expected"), [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)])
def test_fnv32a(data: bytes, expected: int) -> None:
    assert hashing.fnv32a(data) == expected


def test_encoding() -> None:
    # The code of "0" is 48; 48 modulo 27 letters is 21, and 54 ("6") starts again at the first letter.
    assert hashing.encode(0) == hashing.LETTERS[21] == "4"
    assert hashing.encode(56) == "9b"
