"""Selectors of labels and fields."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.api import selectors
from kubewheel.api.errors import StatusError


@pytest.mark.parametrize(("text", "labels", "expected"), [
    ("", {}, True), ("", None, True), ("a=b", {"a": "b"}, True), ("a==b", {"a": "c"}, False), ("a!=b", {}, True),
    ("a!=b", {"a": "b"}, False), ("a", {"a": ""}, True), ("a", {}, False), ("!a", {}, True), ("!a", {"a": "x"}, False),
    ("a in (b, c)", {"a": "c"}, True), ("a in (b,c)", {}, False), ("a notin (b,c)", {}, True),
    ("a notin (b)", {"a": "b"}, False), ("a=b,c!=d", {"a": "b", "c": "e"}, True), ("a>3", {"a": "4"}, True),
    ("a<3", {"a": "4"}, False), ("a>3", {"a": "x"}, False), ("a>3", {}, False), ("a=", {"a": ""}, True), ("a in ()",
    {"a": ""}, True),
    ("a in (,b)", {"a": ""}, True), ("in in (in)", {"in": "in"}, True), ("a=notin", {"a": "notin"}, True),
    ("example.com/a = b ,\tc", {"example.com/a": "b", "c": ""}, True), ("a=b,a=c", {"a": "b"}, False),
])
def test_labels(text, labels, expected):
    assert selectors.parse_labels(text).matches(labels) is expected


@pytest.mark.parametrize(("text", "message"), [
    ("a=b=c", "found '=', expected: ',' or 'end of string'"),
    ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
    ("=b", "found '=', expected: !, identifier, or 'end of string'"),
    ("a=b,", "found '', expected: identifier after ','"),
    ("a in b", "unable to parse requirement: found 'b' expected: '('"),
    ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
    ("a in (b=)", "unable to parse requirement: found '=', expected: ',' or ')'"),
    ("!=b", "found '!=', expected: !, identifier, or 'end of string'"),
    ("a=(", "unable to parse requirement: found '(', expected: identifier"),
    ("a>b", "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must "
     "be an integer"),
    ("a=b_", "unable to parse requirement: values[0][a]: Invalid value: \"b_\": a valid label must be an empty string "
     "or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
     "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
     "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"),
    ("a_=b", "unable to parse requirement: <nil>: Invalid value: \"a_\": name part must consist of alphanumeric "
     "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
     "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"),
])
def test_labels_that_cannot_be_read(text, message):
    with pytest.raises(StatusError) as caught:
        selectors.parse_labels(text)
    assert caught.value.code == 400
    assert caught.value.message == message


def test_labels_are_written_back():
    text = "a=b,c in (d,e),!f,g,h notin (i),j!=k,l>3"
    assert str(selectors.parse_labels(text)) == "a=b,c in (d,e),!f,g,h notin (i),j!=k,l>3"
    assert selectors.parse_labels("a in (b)").exact("a") == "b"
    assert selectors.parse_labels("a!=b").exact("a") is None


@pytest.mark.parametrize(("selector", "labels", "expected"), [
    (None, {}, False), ({}, {}, True), ({"matchLabels": {"a": "b"}}, {"a": "b"}, True),
    ({"matchLabels": {"a": "b"}}, {"a": "c"}, False),
    ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}, {"a": "c"}, True),
    ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, {}, True),
    ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {}, False),
    ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}], "matchLabels": {"b": "c"}}, {"b": "c"}, True),
])
def test_label_selector_objects(selector, labels, expected):
    assert selectors.from_object(selector).matches(labels) is expected


def test_unknown_operator_of_an_object():
    with pytest.raises(StatusError, match='"Near" is not a valid label selector operator'):
        selectors.from_object({"matchExpressions": [{"key": "a", "operator": "Near"}]})


def test_from_labels():
    assert selectors.from_labels({"a": "b"}).matches({"a": "b", "c": "d"})
    assert selectors.from_labels(None).is_empty
    assert not selectors.NOTHING.is_empty


POD = {"metadata": {"name": "web", "namespace": "default"}, "spec": {"nodeName": "n1"}}
SELECTABLE = {"spec.nodeName": lambda pod: pod["spec"].get("nodeName", "")}


@pytest.mark.parametrize(("text", "expected"), [
    ("", True), ("metadata.name=web", True), ("metadata.name==web,metadata.namespace=default", True),
    ("metadata.name!=web", False), ("spec.nodeName=n1", True), ("spec.nodeName=", False),
    ("metadata.name=we\\,b", False),
])
def test_fields(text, expected):
    assert selectors.parse_fields(text, SELECTABLE).matches(POD) is expected


@pytest.mark.parametrize(("text", "selectable", "message"), [
    ("abc", SELECTABLE, "invalid selector: 'abc'; can't understand 'abc'"),
    ("spec.x=1", SELECTABLE, "field label not supported: spec.x"),
    ("spec.x=1", {}, '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'),
    ("metadata.name=a\\b", {}, "invalid field selector: invalid escape sequence: \\b"),
    ("metadata.name=a=b", {}, "invalid field selector: unescaped character in value: ="),
])
def test_fields_that_cannot_be_read(text, selectable, message):
    with pytest.raises(StatusError) as caught:
        selectors.parse_fields(text, selectable)
    assert (caught.value.code, caught.value.message) == (400, message)


def test_fields_are_written_back():
    selector = selectors.parse_fields("metadata.namespace!=a\\,b,metadata.name=web")
    assert str(selector) == "metadata.name=web,metadata.namespace!=a\\,b"
    assert selector.exact("metadata.name") == "web"
    assert selector.exact("metadata.namespace") is None


@given(st.text(alphabet="ab=!(), <>\\.-/\tin"))
def test_nothing_but_status_errors(text):
    for parse in (selectors.parse_labels, selectors.parse_fields):
        with contextlib.suppress(StatusError):
            parse(text)
