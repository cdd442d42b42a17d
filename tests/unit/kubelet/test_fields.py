"""Fields and resources of the downward API."""

from typing import Any

import pytest

from kubewheel.kubelet.fields import Facts, UnknownField, field, resource
from tests.unit.kubelet.build import UID, container, pod

FACTS = Facts(("10.0.0.1", "fd::1"), ("10.1.0.5",), {"cpu": "4", "memory": "8Gi"})
POD = pod(
    container(resources={"limits": {"cpu": "250m", "memory": "64Mi"}}), container("two"),
    metadata={"labels": {"b": "2", "a": 'quoted "x"'}, "annotations": {"note": "line\nbreak"}},
    nodeName="node-a", serviceAccountName="robot",
)


@pytest.mark.parametrize(("path", "expected"), [
    ("metadata.name", "web"), ("metadata.namespace", "shop"), ("metadata.uid", UID), ("spec.nodeName", "node-a"),
    ("spec.serviceAccountName", "robot"), ("status.hostIP", "10.0.0.1"), ("status.hostIPs", "10.0.0.1,fd::1"),
    ("status.podIP", "10.1.0.5"), ("status.podIPs", "10.1.0.5"), ("metadata.labels['b']", "2"),
    ("metadata.labels['none']", ""), ("metadata.annotations['note']", "line\nbreak"),
    ("metadata.labels", 'a="quoted \\"x\\""\nb="2"'), ("metadata.annotations", 'note="line\\nbreak"'),
])
def test_field(path: str, expected: str) -> None:
    assert field(POD, path, FACTS) == expected


@pytest.mark.parametrize(("reference", "name", "expected"), [
    ({"resource": "limits.cpu"}, "main", "1"), ({"resource": "limits.cpu", "divisor": "1m"}, "main", "250"),
    ({"resource": "limits.memory", "divisor": "1Mi"}, "main", "64"), ({"resource": "requests.cpu", "divisor": "1m"},
                                                                      "main", "250"),
    ({"resource": "limits.cpu"}, "two", "4"), ({"resource": "requests.memory"}, "two", "0"),
    ({"resource": "limits.memory", "containerName": "main", "divisor": "0"}, "", str(64 << 20)),
])
def test_resource(reference: dict[str, Any], name: str, expected: str) -> None:
    assert resource(POD, reference, name, FACTS) == expected


def test_unknown() -> None:
    with pytest.raises(UnknownField):
        field(POD, "spec.replicas", FACTS)
    with pytest.raises(UnknownField):
        resource(POD, {"resource": "limits.cpu"}, "none", FACTS)
