"""References to objects of other kinds."""

from kubewheel.api.networking import references


def test_reference():
    assert references.validate_typed_reference({"apiGroup": "a.b", "kind": "K", "name": "n"}, "r") == []
    found = references.validate_typed_reference({"apiGroup": "A", "kind": "a/b"}, "r")
    assert [fault.field for fault in found] == ["r.apiGroup", "r.kind", "r.name"]
