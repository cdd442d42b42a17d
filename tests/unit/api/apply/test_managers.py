"""Entries of managedFields and what writes make of them."""

import pytest

from kubewheel.api.apply import managers, shapes
from kubewheel.api.apply.managers import APPLY, UPDATE, Entry

SHAPE = shapes.of_kind("", "v1", "ConfigMap")


def view(content, api_version):
    return (SHAPE, content) if api_version == "v1" else None


def entry(manager, fields, operation=UPDATE, time="2024-01-01T00:00:00Z", version="v1", subresource=""):
    return Entry(manager, operation, version, fields, subresource, time)


def data(*names):
    return {"f:data": {f"f:{name}": {} for name in names}}


def content(**values):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "uid": "u"}, "data": values}


def test_written_entries_can_be_read():
    entries = [entry("b", data("x"), subresource="status"), entry("a", data("y"), APPLY)]
    written = managers.written(entries, lambda fields: fields)
    assert [each["manager"] for each in written] == ["a", "b"]
    assert written[1] == {
        "manager": "b", "operation": "Update", "apiVersion": "v1", "time": "2024-01-01T00:00:00Z",
        "fieldsType": "FieldsV1", "fieldsV1": data("x"), "subresource": "status",
    }
    assert managers.written(managers.read(written), dict) == written
    assert [each[:6] for each in managers.parse(written)] == [each[:6] for each in managers.read(written)]


def test_all_of_a_new_object_is_its_authors():
    assert managers.created(SHAPE, content(a="1"), entry("x", {})) == [
        entry("x", {"f:data": {".": {}, "f:a": {}}}),
    ]
    assert managers.created(SHAPE, {"metadata": {"name": "m"}}, entry("x", {})) == []


@pytest.mark.parametrize(("new", "expected"), [
    pytest.param({"a": "1", "b": "1"}, {"x": ["a", "b"]}, id="nothing"),
    pytest.param({"a": "1", "b": "2"}, {"x": ["a"], "y": ["b"]}, id="changed"),
    pytest.param({"a": "1"}, {"x": ["a"]}, id="removed"),
    pytest.param({"a": "1", "b": "1", "c": "1"}, {"x": ["a", "b"], "y": ["c"]}, id="added"),
])
def test_updates_take_over_what_they_change(new, expected):
    found = managers.updated([entry("x", data("a", "b"))], content(a="1", b="1"), content(**new), entry("y", {}), view)
    assert {each.manager: each.fields for each in found} == {name: data(*fields) for name, fields in expected.items()}


def test_own_changes_add_up():
    found = managers.updated(
        [entry("x", data("a", "b"))], content(a="1", b="1"), content(a="1", c="1"), entry("x", {}, time="t"), view,
    )
    assert found == [entry("x", data("a", "c"), time="t")]


def test_managers_of_versions_that_are_gone_go():
    found = managers.updated(
        [entry("x", data("a"), version="v0")], content(a="1"), content(a="2"), entry("y", {}), view,
    )
    assert [each.manager for each in found] == ["y"]


def test_oldest_updaters_are_joined():
    entries = [entry(f"m{number:02}", data(f"k{number}"), time=f"t{number:02}") for number in range(10)]
    old = content(**{f"k{number}": "1" for number in range(10)})
    found = managers.updated(
        entries, old, content(**old["data"], more="1"), entry("new", {}, time="t99"), view,
    )
    assert len(found) == 10
    ancient = next(each for each in found if each.manager == "ancient-changes")
    assert ancient.fields == data("k0", "k1")
    assert ancient.time == "t01"


@pytest.mark.parametrize("given", [
    "x", [1], [{"operation": "Apply"}], [{"operation": "X", "apiVersion": "v1"}],
    [{"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV2"}],
    [{"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "manager": 3}],
    [{"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"x": {}}}],
])
def test_parse_refuses(given):
    with pytest.raises(ValueError, match=r"."):
        managers.parse(given)


@pytest.mark.parametrize(("given", "expected"), [([], True), ([{}], True), (None, False), ([{"manager": "x"}], False)])
def test_reset(given, expected):
    assert managers.is_reset(given) is expected
