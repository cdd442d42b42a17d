"""Paths of fields that rules blame."""

import pytest

from kubewheel.api.custom import field_paths

SCHEMA = {"type": "object", "properties": {
    "spec": {"type": "object", "properties": {"a.b": {"type": "string"}, "it's": {"type": "string"}}},
    "labels": {"type": "object", "additionalProperties": {"type": "object", "properties": {"x": {"type": "string"}}}},
    "list": {"type": "array", "items": {"type": "string"}},
}}


@pytest.mark.parametrize(("path", "expected"), [
    (".spec", "spec"), (".spec['a.b']", "spec.a.b"), (r".spec['it\'s']", "spec.it's"), (".labels.k.x", "labels[k].x"),
    (".labels['a/b'].x", "labels[a/b].x"), (".list", "list"), (".list[0]", None), (".nope", None), ("spec", None),
    (".spec.", None), (".spec['a.b'", None), (r".spec['\q']", None), (".spec.a.b", None), ("   ", None),
])
def test_parse(path: str, expected: str | None) -> None:
    assert field_paths.parse(path, SCHEMA) == expected
