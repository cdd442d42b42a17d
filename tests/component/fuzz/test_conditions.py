"""Conditions without a type are stored, as upstream stores them, and end nothing."""

from typing import Any

import pytest


@pytest.mark.kubewheel(nodes=1)
@pytest.mark.parametrize(("kind", "name", "namespace"), [
    ("FlowSchema.flowcontrol.apiserver.k8s.io", "probes", ""), ("Node", "node-0", ""),
    ("CustomResourceDefinition.apiextensions.k8s.io", "kopfexamples.kopf.dev", ""),
])
def test_conditions_of_no_type(kubewheel: Any, kind: str, name: str, namespace: str) -> None:
    from tests.component.clients.conftest import DEFINITION

    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
           "spec": {"containers": [{"name": "c", "image": "busybox"}]}}
    kubewheel.apply([pod, DEFINITION])
    kubewheel.settle()
    odd = {"status": {"conditions": [{"message": "x"}]}}
    kubewheel.client.patch(kind, name, odd, namespace, subresource="status")
    kubewheel.clock.advance(minutes=2)
    kubewheel.delete("CustomResourceDefinition", "kopfexamples.kopf.dev")
    kubewheel.settle()
    assert kubewheel.get("Pod", "web")["status"]["phase"] == "Running"
