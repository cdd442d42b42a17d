"""YAML as values of JSON."""

import pytest

from kubewheel.api import yaml_bodies


def test_merge_keys_and_base_60():
    value, _ = yaml_bodies.parse(b"a: &x {b: 1}\nc:\n  <<: *x\n  d: 12:30:45\n  e: 0x10\n  f: 1.5\n  g: ~\n")
    assert value == {"a": {"b": 1}, "c": {"b": 1, "d": "12:30:45", "e": 16, "f": 1.5, "g": None}}
    assert yaml_bodies.parse(b"") == (None, [])


def test_times_stay_texts():
    assert yaml_bodies.parse(b"a: 2024-01-01\nb: 2024-01-01T00:00:00Z")[0] == {"a": "2024-01-01",
    "b": "2024-01-01T00:00:00Z"}


def test_only_the_first_document_counts():
    assert yaml_bodies.parse(b"---\na: 1\n---\nb: 2\n")[0] == {"a": 1}


def test_duplicates():
    assert yaml_bodies.parse(b"a:\n- b: 1\n  b: 2\n")[1] == ["a[0].b"]


@pytest.mark.parametrize("text", [b"a: [1", b"a: &x [*x]", b"a: .nan", b"a: 99999999999999999999999"])
def test_what_is_no_json(text):
    with pytest.raises(ValueError, match=r"yaml|json"):
        yaml_bodies.parse(text)
