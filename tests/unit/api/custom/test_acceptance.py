"""What definitions say of themselves."""

from typing import Any

from kubewheel.api import conditions
from kubewheel.api.custom import acceptance


def definition(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"name": "widgets.example.com"}, "spec": {
            "group": "example.com", "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}],
        },
    }


def test_a_schema_that_is_not_structural() -> None:
    judged = acceptance.judged(definition({"type": "object", "properties": {"a": {}, "b": {}}}), (), 0.0)
    found = conditions.find(judged, "NonStructuralSchema")
    assert found is not None
    assert (found["status"], found["reason"]) == ("True", "Violations")
    where = "spec.versions[0].schema.openAPIV3Schema.properties"
    text = "type: Required value: must not be empty for specified object fields"
    assert found["message"] == f"[{where}[a].{text}, {where}[b].{text}]"
    mended = {**judged, "spec": definition({"type": "object"})["spec"]}
    assert conditions.find(acceptance.judged(mended, (), 0.0), "NonStructuralSchema") is None
