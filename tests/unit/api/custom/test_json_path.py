"""JSON paths of printer columns."""

from typing import Any

import pytest

from kubewheel.api.custom import json_path

OBJECT = {
    "spec": {"a-b": 1, "list": [1, 2, 3]},
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Old", "status": "False"}]},
    "metadata": {"labels": {"example.com/x": "y"}},
}


@pytest.mark.parametrize(("path", "found"), [
    (".spec.a-b", [1]), (".spec['a-b']", [1]), (".spec.list[0]", [1]), (".spec.list[-1]", [3]),
    (".spec.list[*]", [1, 2, 3]), (".spec.list[0:2]", [1, 2]), (".spec.missing.more", []),
    ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
    (".status.conditions[?(@.type!='Ready')].type", ["Old"]),
    (".metadata.labels.example\\.com/x", ["y"]), ("..status", [OBJECT["status"], "True", "False"]),
])
def test_find(path: str, found: list[Any]) -> None:
    assert json_path.find(OBJECT, path) == found


def test_unreadable() -> None:
    with pytest.raises(ValueError, match="JSON path"):
        json_path.find(OBJECT, ".spec[")
