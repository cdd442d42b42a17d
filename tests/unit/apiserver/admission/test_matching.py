"""Rules and selectors of webhooks and policies."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Registry, Resource
from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.plugin import Matter, Operations
from kubewheel.apiserver.backend import Backend, ignore_warning
from kubewheel.libs.wire import Identity

REGISTRY = Registry.builtin()


class Store:
    """Has one namespace."""

    def get(self, key: Any) -> Any:
        labelled = {"metadata": {"labels": {"team": "a"}}}
        return SimpleNamespace(object=labelled) if key.name == "default" else None


class World:
    """What matching looks at."""

    registry = REGISTRY
    store = Store()


def matter(
    kind: str = "ConfigMap", operation: Operations = Operations.CREATE, *, subresource: str = "",
    namespace: str = "default", labels: dict[str, str] | None = None, old: dict[str, str] | None = None,
) -> Matter:
    return Matter(
        operation, REGISTRY.by_kind(kind), subresource, namespace, "n",
        None if labels is None else {"metadata": {"name": "n", "labels": labels}},
        None if old is None else {"metadata": {"name": "n", "labels": old}}, Identity("me"), False, ignore_warning,
    )


def rule(**fields: Any) -> dict[str, Any]:
    return {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"], **fields}


def match(asked: Matter, **resources: Any) -> Resource | None:
    return matching.parse_resources(resources).match(asked, cast(Backend, World()))


@pytest.mark.parametrize(("resources", "subresource", "expected"), [
    pytest.param("pods", "", True, id="exact"), pytest.param("pods", "status", False, id="not-its-subresources"),
    pytest.param("pods/*", "status", True, id="subresources"), pytest.param("pods/*", "", True, id="and-itself"),
    pytest.param("*", "", True, id="all"), pytest.param("*", "status", False, id="all-without-subresources"),
    pytest.param("*/*", "status", True, id="everything"), pytest.param("*/scale", "status", False, id="other"),
    pytest.param("*/status", "status", True, id="one-subresource-of-all"),
])
def test_resources(resources: str, subresource: str, expected: bool) -> None:
    found = match(matter("Pod", labels={}, subresource=subresource), resourceRules=[rule(resources=[resources])])
    assert (found is not None) is expected


def test_no_rules_match_everything_for_policies_and_nothing_for_webhooks() -> None:
    assert match(matter(labels={})) is REGISTRY.by_kind("ConfigMap")
    assert matching.parse_webhook({"rules": []}).match(matter(labels={}), cast(Backend, World())) is None


def test_excluded_resources_and_names() -> None:
    assert match(matter(labels={}), excludeResourceRules=[rule(resources=["configmaps"])]) is None
    assert match(matter(labels={}), resourceRules=[rule(resourceNames=["n", "m"])]) is not None
    assert match(matter(labels={}), resourceRules=[rule(resourceNames=["other"])]) is None


@pytest.mark.parametrize(("new", "old", "operation", "expected"), [
    pytest.param({"a": "b"}, None, Operations.CREATE, True, id="new"),
    pytest.param({}, {"a": "b"}, Operations.UPDATE, True, id="old"),
    pytest.param(None, {"a": "b"}, Operations.DELETE, True, id="deleted"),
    pytest.param({}, {}, Operations.UPDATE, False, id="neither"),
    pytest.param({"a": "b"}, None, Operations.CONNECT, False, id="options-have-no-labels"),
])
def test_objects(new: Any, old: Any, operation: Operations, expected: bool) -> None:
    found = match(matter(operation=operation, labels=new, old=old), objectSelector={"matchLabels": {"a": "b"}})
    assert (found is not None) is expected


@pytest.mark.parametrize(("asked", "expected"), [
    pytest.param(matter(labels={}), True, id="by-its-namespace"),
    pytest.param(matter("Node", labels={}, namespace=""), True, id="in-no-namespace"),
    pytest.param(matter("Namespace", labels={"team": "b"}, namespace=""), False, id="a-namespace-by-itself"),
    pytest.param(matter("Namespace", Operations.DELETE, old={}, namespace=""), True, id="that-is-cluster-scoped"),
])
def test_namespaces(asked: Matter, expected: bool) -> None:
    if asked.operation is Operations.DELETE:
        asked.name = "default"
    found = match(asked, namespaceSelector={"matchLabels": {"team": "a"}})
    assert (found is not None) is expected


def test_a_missing_namespace_matters_only_where_the_rest_fits() -> None:
    selector = {"matchLabels": {"team": "a"}}
    asked = matter(labels={}, namespace="none")
    assert match(asked, namespaceSelector=selector, resourceRules=[rule(resources=["pods"])]) is None
    with pytest.raises(StatusError, match='namespaces "none" not found'):
        match(asked, namespaceSelector=selector)


def test_equivalents() -> None:
    version1 = rule(apiGroups=["autoscaling"], apiVersions=["v1"], resources=["horizontalpodautoscalers"])
    asked = matter("HorizontalPodAutoscaler.autoscaling", labels={})
    assert asked.resource.version == "v2"
    found = match(asked, resourceRules=[version1], matchPolicy="Equivalent")
    assert found is not None
    assert found.version == "v1"
    assert match(asked, resourceRules=[version1], matchPolicy="Exact") is None


@pytest.mark.parametrize(("kind", "exempt"), [
    ("MutatingWebhookConfiguration.admissionregistration.k8s.io", True),
    ("ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io", True), ("ConfigMap", False),
])
def test_exemptions(kind: str, exempt: bool) -> None:
    assert matching.is_exempt(matter(kind, labels={})) is exempt


def test_kinds_of_subresources() -> None:
    deployments = REGISTRY.by_kind("Deployment.apps")
    assert matching.kind_of(deployments, "scale") == ("autoscaling", "v1", "Scale")
    assert matching.kind_of(deployments, "status") == matching.kind_of(deployments, "") == ("apps", "v1", "Deployment")
