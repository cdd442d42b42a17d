"""Operations of resources."""

import pytest

from kubewheel.api import schema
from kubewheel.api.openapi import operations
from kubewheel.api.registry import Registry

REGISTRY = Registry.builtin()


def of(kind):
    return {(each.path, each.method): each for each in operations.of(REGISTRY.by_kind(kind), schema.load())}


def test_namespaced_resource():
    found = of("Deployment.apps")
    own = "/apis/apps/v1/namespaces/{namespace}/deployments"
    assert found["/apis/apps/v1/deployments", "get"].action == "list"
    assert found[own, "get"].answer == "io.k8s.api.apps.v1.DeploymentList"
    assert found[own, "post"].codes == ("200", "201", "202")
    assert found[own, "delete"].action == "deletecollection"
    patch = found[own + "/{name}", "patch"]
    assert patch.body == operations.PATCH
    assert {"dryRun", "fieldValidation", "fieldManager"} <= set(patch.parameters)
    assert found[own + "/{name}/scale", "put"].gvk == ("autoscaling", "v1", "Scale")
    assert found[own + "/{name}/status", "patch"].answer == "io.k8s.api.apps.v1.Deployment"


def test_cluster_scoped_resource():
    found = of("Node")
    assert found["/api/v1/nodes", "get"].name == "listCoreV1Node"
    assert found["/api/v1/nodes/{name}", "delete"].body == operations.DELETE_OPTIONS
    assert found["/api/v1/nodes/{name}/proxy", "get"].action == "connect"


def test_connections_and_logs():
    found = of("Pod")
    base = "/api/v1/namespaces/{namespace}/pods/{name}"
    assert "command" in found[f"{base}/exec", "post"].parameters
    log = found[f"{base}/log", "get"]
    assert (log.action, log.answer) == ("get", "")
    assert found[f"{base}/eviction", "post"].body == "io.k8s.api.policy.v1.Eviction"


def test_reviews_can_only_be_created():
    assert [each.method for each in of("TokenReview.authentication.k8s.io").values()] == ["post"]


@pytest.mark.parametrize("resource", list(REGISTRY), ids=lambda each: f"{each.key}-{each.version}")
def test_all_parameters_are_described(resource):
    found = list(operations.of(resource, schema.load()))
    assert found
    for operation in found:
        assert set(operation.parameters) <= set(operations.PARAMETERS)
    assert len({(each.path, each.method) for each in found}) == len(found)


def test_names_are_unique():
    names = [each.name for resource in REGISTRY for each in operations.of(resource, schema.load())]
    assert len(set(names)) == len(names)
