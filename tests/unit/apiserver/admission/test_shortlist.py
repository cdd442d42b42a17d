"""A shortlist has whoever may be about a request, and costs nothing for the others."""

from typing import Any

import pytest

from kubewheel.api.custom import resources
from kubewheel.api.registry import Registry
from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.matching import Criteria
from kubewheel.apiserver.admission.plugin import Matter, Operations
from kubewheel.apiserver.admission.shortlist import Shortlist
from kubewheel.apiserver.backend import ignore_warning
from kubewheel.libs.wire import Identity

DEFINITION: dict[str, Any] = {
    "metadata": {"name": "things.example.com", "uid": "u"},
    "spec": {
        "group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"},
        "versions": [
            {"name": name, "served": True, "storage": name == "v1", "schema": {"openAPIV3Schema": {"type": "object"}}}
            for name in ("v1", "v2")
        ],
    },
    "status": {"acceptedNames": {"plural": "things", "kind": "Thing", "listKind": "ThingList"}},
}


def criteria(**given: Any) -> Criteria:
    return matching.parse_resources(given)


def rule(resource: str, *operations: str, group: str = "", version: str = "*", **more: Any) -> dict[str, Any]:
    return {
        "operations": operations or ["*"], "apiGroups": [group], "apiVersions": [version], "resources": [resource],
        **more,
    }


def matter(registry: Registry, kind: str, operation: Operations = Operations.CREATE, below: str = "") -> Matter:
    return Matter(
        operation, registry.by_kind(kind), below, "default", "n", {}, None, Identity("me"), False, ignore_warning
    )


@pytest.mark.parametrize(("kind", "operation", "below", "expected"), [
    ("Pod", Operations.CREATE, "", ["any", "pods", "named"]), ("Pod", Operations.DELETE, "", ["any", "named"]),
    ("Pod", Operations.UPDATE, "status", ["any", "status"]), ("Secret", Operations.CREATE, "", ["any"]),
    ("HorizontalPodAutoscaler.autoscaling", Operations.CREATE, "", ["any", "equivalent"]),
])
def test_those_whose_rules_fit_in_their_order(
    kind: str, operation: Operations, below: str, expected: list[str]
) -> None:
    old = rule("horizontalpodautoscalers", group="autoscaling", version="v1")
    listed = Shortlist([
        (criteria(), "any"), (criteria(resourceRules=[rule("pods", "CREATE")]), "pods"),
        (criteria(resourceRules=[rule("pods/status")]), "status"),
        (criteria(resourceRules=[rule("pods", resourceNames=["other"], scope="Cluster")]), "named"),
        (criteria(resourceRules=[old], matchPolicy="Equivalent"), "equivalent"),
        (criteria(resourceRules=[old], matchPolicy="Exact"), "exact"),
        (matching.parse_webhook({}), "webhook without rules"),
    ])
    registry = Registry.builtin()
    for _ in range(2):
        assert list(listed.of(matter(registry, kind, operation, below), registry)) == expected
    assert len(listed) == 7


def test_a_version_that_comes_later_counts() -> None:
    registry = Registry.builtin()
    second, first = sorted(resources.of(DEFINITION, since=1), key=lambda each: each.version, reverse=True)
    registry.add(first)
    old_rule = rule("things", group="example.com", version="v2")
    listed = Shortlist([(criteria(resourceRules=[old_rule], matchPolicy="Equivalent"), "hook")])
    asked = matter(registry, "Thing.example.com")
    assert list(listed.of(asked, registry)) == []
    registry.add(second)
    assert list(listed.of(asked, registry)) == ["hook"]
    registry.remove(second)
    assert list(listed.of(asked, registry)) == []
