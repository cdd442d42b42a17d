"""Schemas of custom kinds that hypothesis makes: whatever is accepted works, and what it does can be done twice."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kubewheel.api import objects
from kubewheel.api.apiextensions.custom_resource_definition import schemas
from kubewheel.api.custom import kind as kinds
from kubewheel.api.custom import structure, values
from kubewheel.api.errors import StatusError

NAMES = ("a", "b", "c", "metadata", "kind", "x-y")
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([2**31, 2**63, -0.5, 1.0, 1e300]),
    st.sampled_from(["", "a", "b", "5", "no", "2024-01-01T00:00:00Z"]),
)
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(
    st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
), max_leaves=12)
RULES: dict[str, st.SearchStrategy[Any]] = {
    "minimum": st.integers(-2, 2), "maximum": st.integers(0, 4), "multipleOf": st.sampled_from([1, 2, 0.5]),
    "exclusiveMinimum": st.booleans(), "minLength": st.integers(0, 2), "maxLength": st.integers(0, 3),
    "pattern": st.sampled_from(["^a", "[", "(?=a)", "[[:alpha:]]"]), "enum": st.lists(SCALARS, max_size=3),
    "minItems": st.integers(0, 2), "maxItems": st.integers(0, 2), "maxProperties": st.integers(0, 2),
    "format": st.sampled_from(["int32", "date-time", "uuid", "byte", "unknown"]), "nullable": st.booleans(),
    "required": st.lists(st.sampled_from(NAMES), max_size=2), "default": VALUES, "description": st.just("d"),
    "x-kubernetes-preserve-unknown-fields": st.sampled_from([True, True, False]),
    "x-kubernetes-embedded-resource": st.booleans(), "x-kubernetes-int-or-string": st.booleans(),
    "x-kubernetes-list-type": st.sampled_from(["atomic", "set", "map", "x"]), "uniqueItems": st.booleans(),
    "x-kubernetes-list-map-keys": st.lists(st.sampled_from(NAMES), max_size=2),
    "x-kubernetes-map-type": st.sampled_from(["atomic", "granular", "x"]),
}
LEAVES = st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "integer", "number", "boolean", "object"])}, optional=RULES,
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    optional = {name: RULES[name] for name in ("default", "required", "nullable", "x-kubernetes-list-type",
                                               "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "maxItems")}
    alternatives = {"anyOf": st.lists(inner, max_size=2), "not": inner, "allOf": st.lists(inner, max_size=1)}
    known = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("object"), "properties": known}, optional=optional | alternatives),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional=optional),
        st.fixed_dictionaries({"type": st.just("object"), "additionalProperties": inner}, optional=optional),
    )


def _of(kind: str, default: st.SearchStrategy[Any], *rules: str) -> st.SearchStrategy[Any]:
    """Return schemas of a type that are good but for, now and then, their default or pattern."""
    bounds = {name: RULES[name] for name in rules}
    optional = {**bounds, "default": default, "nullable": RULES["nullable"], "description": RULES["description"]}
    return st.builds(
        lambda skeleton, any_of: {**skeleton, "anyOf": any_of} if any_of else skeleton,
        st.fixed_dictionaries({"type": st.just(kind)}, optional=optional),
        st.lists(st.fixed_dictionaries({}, optional=bounds), max_size=2),
    )


GOOD_LEAVES = st.one_of(
    _of("string", st.sampled_from(["a", "aa"]), "minLength", "maxLength", "pattern"), _of("boolean", st.booleans()),
    _of("string", st.just("a"), "format"), _of("integer", st.integers(0, 3), "minimum", "maximum", "multipleOf"),
    _of("number", st.sampled_from([1, 0.5]), "minimum", "exclusiveMinimum"),
    st.just({"x-kubernetes-int-or-string": True}), st.just({"x-kubernetes-preserve-unknown-fields": True}),
    st.just({"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}),
)


def _good(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keyed = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
    return st.one_of(
        st.builds(lambda known, free: {"type": "object", "properties": known, **free},
                  st.dictionaries(st.sampled_from(("a", "b", "x-y")), inner, min_size=1, max_size=3),
                  st.sampled_from([{}, {"x-kubernetes-preserve-unknown-fields": True}, {"required": ["a"]}])),
        st.builds(lambda items, more: {"type": "array", "items": items, **more}, inner,
                  st.sampled_from([{}, {"maxItems": 1}, {"default": []}])),
        st.builds(lambda others: {"type": "object", "additionalProperties": others}, inner),
        st.just({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}),
        st.just({"type": "array", "items": keyed, "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["a"]}),
    )


SCHEMAS = st.one_of(
    st.recursive(GOOD_LEAVES, _good, max_leaves=6), st.recursive(GOOD_LEAVES, _good, max_leaves=6),
    st.recursive(LEAVES, _nested, max_leaves=6),
)
SPECS = st.dictionaries(st.sampled_from(("a", "b", "c")), SCHEMAS, max_size=2)


@settings(max_examples=400)
@given(SPECS, VALUES, VALUES)
def test_accepted_schemas_work(properties: dict[str, Any], value: Any, other: Any) -> None:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}
    faults = schemas.validate(schema, "spec.validation.openAPIV3Schema")
    assert all(fault.field and str(fault) for fault in faults)
    if faults:
        return
    version = {"name": "v1", "schema": {"openAPIV3Schema": schema}}
    definition = {"metadata": {"name": "x"}, "spec": {
        "group": "example.com", "names": {"kind": "X", "plural": "xs"}, "versions": [version],
    }}
    kind = kinds.build(definition, version, since=0)
    old = _made(kind, value)
    new = _made(kind, other)
    kind.validate(old)
    assert kind.validate_update(old, old) == []  # What has not changed passes.
    kind.validate_update(new, old)
    twice = objects.copy(new)
    assert structure.prune(twice, schema) == []
    structure.fill(twice, schema)
    assert values.is_same(twice, new)


def _made(kind: kinds.CustomKind, spec: Any) -> dict[str, Any]:
    """Return an object as it is when it is to be validated."""
    made = objects.copy({"apiVersion": "example.com/v1", "kind": "X", "metadata": {"name": "x"}, "spec": spec})
    try:
        kind.clean(made)
    except (ValueError, StatusError):
        made.pop("spec")
    kind.default(made)
    return made


@settings(max_examples=300)
@given(VALUES)
def test_anything_as_a_schema(value: Any) -> None:
    """What is no schema at all does not get past decoding; what does, is judged without an exception."""
    from kubewheel.api import fields, schema

    written = {"openAPIV3Schema": objects.copy({"": value})[""]}
    try:
        fields.clean(written, schema.load().definition(schema.JSON_SCHEMA.removesuffix("JSONSchemaProps")
                                                       + "CustomResourceValidation"))
    except ValueError:
        return
    faults = schemas.validate(written.get("openAPIV3Schema") or {}, "s")
    assert all(str(fault).startswith("s") for fault in faults)
