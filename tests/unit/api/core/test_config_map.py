"""ConfigMap."""

import base64

from kubewheel.api.core.config_map import KIND


def test_good():
    obj = {"metadata": {"name": "c"}, "data": {"a": "1"}, "binaryData": {"b": "AA=="}}
    assert KIND.validate(obj) == []
    assert KIND.row(obj, 0) == ("c", 2, "<unknown>")


def test_keys():
    found = KIND.validate({"data": {"a b": "", "c": ""}, "binaryData": {"c": ""}})
    assert [(fault.field, fault.detail[:12]) for fault in found] == [
        ("data[a b]", "a valid conf"), ("data[c]", "duplicate of"),
    ]


def test_size():
    half = base64.b64encode(b"x" * 524288).decode()
    assert KIND.validate({"data": {"a": "x" * 524288}, "binaryData": {"b": half}}) == []
    [fault] = KIND.validate({"data": {"a": "x" * 524289}, "binaryData": {"b": half}})
    assert str(fault) == "[]: Too long: may not be more than 1048576 bytes"


def test_immutable():
    old = {"immutable": True, "data": {"a": "b"}}
    assert KIND.validate_update(dict(old), old) == []
    assert [fault.field for fault in KIND.validate_update({"immutable": True, "data": {}}, old)] == ["data"]
