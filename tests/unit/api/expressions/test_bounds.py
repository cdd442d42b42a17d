"""Estimated costs of rules; the figures are those of upstream's API server for the same schemas."""

from typing import Any

import pytest

from kubewheel.api.expressions import bounds, schemas
from kubewheel.libs.cel import estimates

OBJECT = {
    "type": "object", "required": ["required"],
    "properties": {"required": {"type": "string"}, "optional": {"type": "string"}},
}
NUMBERS: dict[str, Any] = {"type": "array", "items": {"type": "number"}}
NUMBER_MAP: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "number"}}
INT_OR_STRING = {"x-kubernetes-int-or-string": True}


def leaf(kind: str) -> dict[str, Any]:
    if kind == "int-or-string":
        return {**INT_OR_STRING}
    if kind in ("date", "date-time", "duration", "byte"):
        return {"type": "string", "format": kind}
    return {"type": kind}


def array(items: Any, **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": items if isinstance(items, dict) else leaf(items), **limits}


def mapping(values: Any, **limits: int) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values if isinstance(values, dict) else leaf(values), **limits}


def text(**limits: int) -> dict[str, Any]:
    return {"type": "string", **limits}


def cost(schema: dict[str, Any], rule: str) -> int:
    found = bounds.of(schema)
    assert found is not None
    return estimates.examine(rule, schemas.environment(schema, is_root=False), found.size_at).cost


ALL = "self.all(x, true)"
NESTED = 'self.all(x, x["y"].required == "z")'


@pytest.mark.parametrize(("schema", "rule", "expected"), [
    pytest.param(array("number"), ALL, 4718591, id="numbers"),
    pytest.param(array("number", maxItems=10), ALL, 32, id="numbers-bounded"),
    pytest.param(array("string"), ALL, 3145727, id="strings"),
    pytest.param(array("string", maxItems=20), ALL, 62, id="strings-bounded"),
    pytest.param(array("boolean"), ALL, 1887437, id="booleans"),
    pytest.param(array(array("number")), ALL, 3145727, id="lists"),
    pytest.param(array(OBJECT), ALL, 555128, id="objects"),
    pytest.param(mapping("number"), ALL, 1348169, id="map-of-numbers"),
    pytest.param(mapping("string"), ALL, 1179647, id="map-of-strings"),
    pytest.param(mapping("string", maxProperties=3), ALL, 11, id="map-of-strings-bounded"),
    pytest.param(mapping("boolean"), ALL, 943718, id="map-of-booleans"),
    pytest.param(text(), "self.contains('test')", 314574, id="contains"),
    pytest.param(text(maxLength=10), "self.contains('test')", 5, id="contains-bounded"),
    pytest.param(text(), "self.startsWith('test')", 2, id="startsWith"),
    pytest.param(text(), 'size(self + "hello") > size("hello")', 314578, id="plus"),
    pytest.param(text(maxLength=4), 'size(self + "hello") > size("hello")', 7, id="plus-bounded"),
    pytest.param(array("number"), "self[1] == 0.0", 2, id="index-of-numbers"),
    pytest.param(array("string"), "self[1] == self[1]", 314577, id="index-of-strings"),
    pytest.param(array("number", maxItems=10), "self.all(x, self.all(y, true))", 352, id="squared"),
    pytest.param(array("number", maxItems=10), "self.all(x, self.all(y, self.all(z, true)))", 3552, id="cubed"),
    pytest.param(text(), 'self.matches("x")', 314574, id="matches"),
    pytest.param(text(maxLength=50), 'self.matches("x")', 22, id="matches-bounded"),
    pytest.param(text(), '"".matches("(((((((((())))))))))[0-9]")', 7, id="matches-empty"),
    pytest.param(text(), 'self.matches("")', 1, id="matches-anything"),
    pytest.param(mapping("string"), "self.all(x, x.contains(self[x]))", 2752507, id="keys-in-values"),
    pytest.param(
        mapping(text(maxLength=10), maxProperties=10), "self.all(x, x.contains(self[x]))", 72,
        id="keys-in-values-bounded",
    ),
    pytest.param(mapping("number"), 'self["x"] == 0.0', 2, id="index-of-map"),
    pytest.param(text(), 'self == "x"', 2, id="equal-strings"),
    pytest.param(text(maxLength=0), 'self == "x"', 1, id="equal-empty-string"),
    pytest.param(leaf("byte"), 'self == b"x"', 2, id="equal-bytes"),
    pytest.param(array("number"), "self.all(x, x == 0.0)", 6291454, id="equal-numbers"),
    pytest.param(array("number", maxItems=6291456), "self.all(x, x == 0.0)", 25165826, id="bound-above-any-request"),
    pytest.param(array(mapping(OBJECT)), NESTED, 7340027, id="nested"),
    pytest.param(array(mapping(OBJECT), maxItems=10), NESTED, 72, id="nested-bounded"),
    pytest.param(array("int-or-string"), ALL, 4718591, id="int-or-strings"),
    pytest.param(array("int-or-string"), "self[0] == 5", 3, id="index-of-int-or-strings"),
    pytest.param(array(OBJECT), "self[0] == null", 2, id="index-of-objects"),
    pytest.param(array(array("number")), "self[0][0] == -1.0", 3, id="index-of-lists"),
    pytest.param(array(NUMBER_MAP), "self.all(x, x.y == 25.2)", 6291452, id="maps"),
    pytest.param(array(NUMBER_MAP), "self[0].x > 2.0", 4, id="index-of-maps"),
    pytest.param(array("duration"), ALL, 2359295, id="durations"),
    pytest.param(array("duration"), "self[0].getHours() == 2", 4, id="index-of-durations"),
    pytest.param(array("date"), ALL, 725936, id="dates"),
    pytest.param(array("date"), "self[2].getDayOfMonth() == 13", 4, id="index-of-dates"),
    pytest.param(array("date-time"), ALL, 428963, id="times"),
    pytest.param(mapping("int-or-string"), ALL, 1348169, id="map-of-int-or-strings"),
    pytest.param(mapping(OBJECT), ALL, 428963, id="map-of-objects"),
    pytest.param(mapping(NUMBER_MAP), ALL, 1179647, id="map-of-maps"),
    pytest.param(mapping(NUMBERS), ALL, 1179647, id="map-of-lists"),
    pytest.param(mapping("duration"), ALL, 1048577, id="map-of-durations"),
    pytest.param(mapping("date"), ALL, 524288, id="map-of-dates"),
    pytest.param(mapping("date-time"), ALL, 349526, id="map-of-times"),
    pytest.param(text(), "self.find('[0-9]+') == ''", 629147, id="find"),
    pytest.param(text(maxLength=10), "self.find('[0-9]+') == ''", 11, id="find-bounded"),
    pytest.param(array("string"), "self.join(' ') == 'aa bb'", 329853068905, id="join"),
    pytest.param(array(text(maxLength=10), maxItems=10), "self.join(' ') == 'aa bb'", 43, id="join-bounded"),
    pytest.param(array("string"), "self.isSorted() == true", 329854432052, id="isSorted"),
    pytest.param(array(text(maxLength=10), maxItems=10), "self.isSorted() == true", 52, id="isSorted-bounded"),
    pytest.param(text(), "self.lowerAscii() == 'lower!'", 314575, id="lowerAscii"),
    pytest.param(text(maxLength=10), "self.lowerAscii() == 'lower!'", 6, id="lowerAscii-bounded"),
    pytest.param(mapping("integer"), "oldSelf.size() == self.size()", 5, id="sizes"),
    pytest.param(mapping("date-time"), 'self["a"] == self["b"]', 8, id="equal-times"),
    pytest.param(mapping("duration"), 'self["c"] == self["d"]', 8, id="equal-durations"),
    pytest.param(text() | {"enum": ["A", "LongValue"]}, "self.contains('A')", 2, id="choices"),
    pytest.param(text(maxLength=1000) | {"enum": ["A"]}, "self.contains('A')", 401, id="choices-bounded"),
])
def test_costs(schema: dict[str, Any], rule: str, expected: int) -> None:
    assert cost(schema, rule) == expected


def replaced(**limits: int) -> dict[str, Any]:
    return {"type": "object", "properties": {
        "str": text(**limits), "before": text(maxLength=2), "after": text(maxLength=4), "separator": text(**limits),
    }}


@pytest.mark.parametrize(("limits", "rule", "expected"), [
    pytest.param({}, "self.str.replace(self.before, self.after) == 'does not matter'", 629154, id="replace"),
    pytest.param(
        {"maxLength": 4}, "self.str.replace(self.before, self.after) == 'does not matter'", 12, id="replace-bounded",
    ),
    pytest.param({}, "self.str.split(self.separator) == []", 629160, id="split"),
])
def test_costs_of_texts_in_texts(limits: dict[str, int], rule: str, expected: int) -> None:
    assert cost(replaced(**limits), rule) == expected


@pytest.mark.parametrize("rule", [
    "self.all(x, self.all(y, true))", "self.map(x, self.map(y, y)).size() > 0",
    "self.filter(x, self.exists(y, y == x)).size() > 0", "self.exists_one(x, self.exists_one(y, y == x))",
    "self.transformList(i, x, self.map(y, y)).size() > 0", "sets.contains(self, self)",
    "cel.bind(y, self, y.all(x, y.all(z, true)))", "self.map(x, self).all(y, y.all(z, true))",
])
def test_squares_are_too_much(rule: str) -> None:
    assert cost(array("number"), rule) > 10_000_000


@pytest.mark.parametrize(("schema", "expected"), [
    pytest.param({"type": "integer"}, 1572864, id="number"),
    pytest.param(OBJECT, 3 * 1024 * 1024 // 17, id="needed-fields-count"),
    pytest.param(
        {**OBJECT, "properties": {"required": {"type": "string", "default": ""}}}, 1048576, id="defaults-do-not",
    ),
])
def test_how_often_a_value_can_be_in_a_request(schema: dict[str, Any], expected: int) -> None:
    found = bounds.of(schema)
    assert found is not None
    assert found.cardinality == expected


@pytest.mark.parametrize("schema", [
    {}, {"type": "array", "items": {}}, {"type": "object", "additionalProperties": True},
])
def test_values_that_rules_do_not_see(schema: dict[str, Any]) -> None:
    assert bounds.of(schema) is None
