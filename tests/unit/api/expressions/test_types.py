"""Types of what expressions see: fields of custom and of built-in kinds."""

from typing import Any

import pytest

from kubewheel.api import expressions, schema
from kubewheel.api.expressions import admission, kinds, schemas

SCHEMA: dict[str, Any] = {"type": "object", "properties": {
    "n": {"type": "integer"}, "f": {"type": "number"}, "s": {"type": "string"}, "b": {"type": "boolean"},
    "when": {"type": "string", "format": "date-time"}, "raw": {"type": "string", "format": "byte"},
    "port": {"x-kubernetes-int-or-string": True}, "list": {"type": "array", "items": {"type": "object", "properties": {
        "k": {"type": "string"}}}},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}}, "x-y": {"type": "string"},
    "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}}


@pytest.mark.parametrize(("text", "shown"), [
    ("self.n", "int"), ("self.f", "double"), ("self.s", "string"), ("self.b", "bool"), ("self.when", "timestamp"),
    ("self.raw", "bytes"), ("self.port", "dyn"), ("self.list[0].k", "string"), ("self.map", "map(string, int)"),
    ("self.x__dash__y", "string"), ("self.any.z", "dyn"), ("self.metadata.name", "string"), ("self.kind", "string"),
    ("oldSelf.n", "int"), ("self.?n.orValue(1)", "int"),
])
def test_custom(text: str, shown: str) -> None:
    assert str(expressions.checked(text, schemas.environment(SCHEMA, is_root=True)).type) == shown


@pytest.mark.parametrize(("text", "message"), [
    ("self.zz", "undefined field 'zz'"), ("self.metadata.labels", "undefined field 'labels'"),
    ("self.n == self.s", "found no matching overload for '_==_' applied to '(int, string)'"),
    ("self.list.all(x, x.zz == 1)", "undefined field 'zz'"), ("self.map.zz == ''", "applied to '(int, string)'"),
])
def test_custom_faults(text: str, message: str) -> None:
    with pytest.raises(expressions.Invalid) as caught:
        expressions.checked(text, schemas.environment(SCHEMA, is_root=True))
    assert message in str(caught.value)


def test_optional_old_value() -> None:
    environment = schemas.environment(SCHEMA, is_root=True, optional_old=True)
    assert str(expressions.checked("oldSelf.n.orValue(1)", environment).type) == "int"


@pytest.mark.parametrize(("text", "shown"), [
    ("object.spec.replicas", "int"), ("object.metadata.labels", "map(string, string)"),
    ("object.spec.template.spec.containers[0].resources.limits['cpu']", "string"),
    ("object.metadata.creationTimestamp", "timestamp"),
    ("object.spec.strategy.rollingUpdate.maxSurge", "dyn"), ("request.userInfo.extra", "map(string, list(string))"),
])
def test_built_in(text: str, shown: str) -> None:
    definition = schema.load().type_of("apps", "v1", "Deployment")
    assert definition is not None
    scope = admission.Scope(object=kinds.type_of(definition))
    assert str(admission.compile(text, scope, ()).type) == shown


def test_nested_kinds_end() -> None:
    definition = schema.load().type_of("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
    assert definition is not None
    scope = admission.Scope(object=kinds.type_of(definition))
    text = "object.spec.versions[0].schema.openAPIV3Schema.properties['a'].properties['b'].type"
    assert str(admission.compile(text, scope, ()).type) == "string"
