"""Setting one field."""

from kubewheel.api.defaults import fields


def test_fill():
    part = {"a": None, "b": 0, "c": ""}
    for name in "abcd":
        fields.fill(part, name, 1)
    assert part == {"a": 1, "b": 0, "c": "", "d": 1}
    fields.fill_empty(part, "c", 2)
    assert part["c"] == 2


def test_part_of():
    whole = {"a": None}
    fields.part_of(whole, "a")["b"] = 1
    assert whole == {"a": {"b": 1}}
    assert fields.part_of(whole, "a") is whole["a"]


def test_begin_with():
    prepare = fields.begin_with(load={})
    one, other = {"status": {"x": 1}}, {}
    prepare(one)
    prepare(other)
    assert one == other == {"status": {"load": {}}}
    assert one["status"]["load"] is not other["status"]["load"]
