"""Keys and values."""

import base64

import pytest

from kubewheel.api.validation import key_value_data as data


@pytest.mark.parametrize("size", range(7))
def test_decoded_size(size):
    assert data.decoded_size(base64.b64encode(b"x" * size).decode()) == size


def test_text_size():
    assert (data.text_size("abc"), data.text_size("é")) == (3, 2)


def test_keys_and_limit():
    assert data.validate_keys({"a.b_c-d": ""}, "data") == data.validate_size(data.SIZE, "data") == []
    assert [fault.field for fault in data.validate_keys({"a b": "", "..": ""}, "data")] == ["data[a b]", "data[..]"]
    assert str(data.validate_size(data.SIZE + 1, "data")[0]) == "data: Too long: may not be more than 1048576 bytes"


def test_frozen():
    old = {"immutable": True, "data": {"a": "b"}}
    assert data.validate_frozen({"data": {}}, {"data": {"a": "b"}}, "data") == []
    assert data.validate_frozen(dict(old), old, "data", "binaryData") == []
    assert [str(fault) for fault in data.validate_frozen({"data": {}}, old, "data")] == [
        f"immutable: Forbidden: {data.FROZEN}", f"data: Forbidden: {data.FROZEN}",
    ]
