"""Admission policies, as the official Python client and kubectl meet them."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from kubewheel.testing import SyncCluster
from tests.component.kubectl.support import Tool

conformance = pytest.mark.conformance
GROUP = "admissionregistration.k8s.io/v1"
RULES = [{
    "operations": ["CREATE", "UPDATE"], "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"],
}]
BY_POLICY = "Object{metadata: Object.metadata{annotations: {'mutated-by': 'admission-policy'}}}"


def policy(kind: str, name: str, space: str, **spec: Any) -> dict[str, Any]:
    constraints = {"namespaceSelector": {"matchLabels": {"space": space}}, "resourceRules": RULES}
    made = {"matchConstraints": constraints, **spec}
    return {"apiVersion": GROUP, "kind": kind, "metadata": {"name": name}, "spec": made}


def binding(kind: str, name: str, space: str, **spec: Any) -> dict[str, Any]:
    selector = {"namespaceSelector": {"matchLabels": {"space": space}}}
    return {
        "apiVersion": GROUP, "kind": f"{kind}Binding", "metadata": {"name": name},
        "spec": {"policyName": name, "matchResources": selector, **spec},
    }


def workload(name: str, replicas: int, kind: str = "Deployment", **annotations: str) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "annotations": annotations}, "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {"containers": [{"name": "nginx", "image": "nginx"}]},
            },
        },
    }


class Space:
    """A namespace that policies can select, and the official client."""

    def __init__(self, cluster: SyncCluster, name: str) -> None:
        self.name = name
        connection = cluster.kubernetes
        self.admission = client.AdmissionregistrationV1Api(connection)
        self.apps = client.AppsV1Api(connection)
        client.CoreV1Api(connection).create_namespace({"metadata": {"name": name, "labels": {"space": name}}})

    def validate(self, *validations: dict[str, Any], **spec: Any) -> None:
        made = policy("ValidatingAdmissionPolicy", self.name, self.name, validations=list(validations), **spec)
        self.admission.create_validating_admission_policy(made)
        self.admission.create_validating_admission_policy_binding(
            binding("ValidatingAdmissionPolicy", self.name, self.name, validationActions=["Deny"])
        )

    def mutate(self, *mutations: dict[str, Any], **spec: Any) -> None:
        more = {"reinvocationPolicy": "Never", "mutations": list(mutations), **spec}
        made = policy("MutatingAdmissionPolicy", self.name, self.name, **more)
        self.admission.create_mutating_admission_policy(made)
        self.admission.create_mutating_admission_policy_binding(
            binding("MutatingAdmissionPolicy", self.name, self.name)
        )

    def create(self, body: dict[str, Any]) -> Any:
        if body["kind"] == "ReplicaSet":
            return self.apps.create_namespaced_replica_set(self.name, body)
        return self.apps.create_namespaced_deployment(self.name, body)


@pytest.fixture
def space(cluster: SyncCluster, request: pytest.FixtureRequest) -> Iterator[Space]:
    made = Space(cluster, request.node.name.removeprefix("test_").replace("_", "-"))
    yield made
    for kind in ("validating", "mutating"):
        for what in ("policy_binding", "policy"):
            getattr(made.admission, f"delete_collection_{kind}_admission_{what}")()


@conformance(
    "[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] "
    "should validate against a Deployment"
)
def test_deployments_are_validated(space: Space) -> None:
    space.validate({
        "expression": "object.spec.replicas > 1",
        "messageExpression": "'wants replicas > 1, got ' + string(object.spec.replicas)",
    })
    with pytest.raises(ApiException) as caught:
        space.create(workload("marker", 1))
    assert (caught.value.status, caught.value.reason) == (422, "Unprocessable Entity")
    assert "denied request: wants replicas > 1, got 1" in caught.value.body
    assert space.create(workload("replicated", 2)).spec.replicas == 2
    assert space.create(workload("other-kind", 1, "ReplicaSet")).spec.replicas == 1


@conformance(
    "[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] "
    "should allow expressions to refer variables."
)
def test_variables(space: Space) -> None:
    space.validate(
        {"expression": "variables.replicas > 1 && variables.oddReplicas"},
        variables=[
            {"name": "replicas", "expression": "object.spec.replicas"},
            {"name": "oddReplicas", "expression": "variables.replicas % 2 == 1"},
        ],
    )
    for replicas in (1, 2):
        with pytest.raises(ApiException) as caught:
            space.create(workload("refused", replicas))
        assert caught.value.status == 422
    assert space.create(workload("odd", 3)).spec.replicas == 3


@conformance(
    "[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] "
    "should mutate a Deployment"
)
def test_deployments_are_changed(space: Space) -> None:
    space.mutate({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": BY_POLICY}})
    assert space.create(workload("d", 2)).metadata.annotations == {"mutated-by": "admission-policy"}


@conformance(
    "[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] "
    "should mutate a Deployment with annotations"
)
def test_annotated_deployments_are_changed(space: Space) -> None:
    space.mutate({"patchType": "JSONPatch", "jsonPatch": {"expression": (
        "[JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey('example.com/by'), "
        "value: 'policy'}]"
    )}})
    made = space.create(workload("d", 2, mine="kept"))
    assert made.metadata.annotations == {"mine": "kept", "example.com/by": "policy"}
    assert made.spec.replicas == 2


def test_kubectl(space: Space, kubectl: Tool) -> None:
    space.validate({"expression": "object.spec.replicas > 1", "message": "no"})
    space.mutate({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": BY_POLICY}})
    refused = kubectl.run("create", "deployment", "web", "--image=nginx", "-n", space.name)
    assert refused.code == 1
    assert refused.err == (
        "error: failed to create deployment: deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy "
        "'kubectl' with binding 'kubectl' denied request: no\n"
    )
    kubectl("create", "deployment", "web", "--image=nginx", "--replicas=2", "-n", space.name)
    told = kubectl("get", "deployment", "web", "-n", space.name, "-o", "jsonpath={.metadata.annotations}")
    assert "admission-policy" in told
    listed = kubectl("get", "validatingadmissionpolicies,mutatingadmissionpolicies")
    assert "VALIDATIONS" in listed
    assert "MUTATIONS" in listed
