"""Conditions of a namespace that is being deleted."""

from collections import Counter

from kubewheel.controllers.namespace.content import Remains
from kubewheel.controllers.namespace.sync import plan_conditions


def test_conditions_name_what_is_left() -> None:
    remains = Remains(Counter({"pods": 2, "widgets.example.com": 1}), Counter({"example.com/keep": 1}))
    planned = plan_conditions(remains, [], "t")
    found = {each["type"]: (each["status"], each["reason"], each["message"]) for each in planned}
    assert found == {
        "NamespaceDeletionDiscoveryFailure": (
            "False", "ResourcesDiscovered", "All resources successfully discovered"),
        "NamespaceDeletionGroupVersionParsingFailure": (
            "False", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
        "NamespaceDeletionContentFailure": (
            "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
        "NamespaceContentRemaining": (
            "True", "SomeResourcesRemain",
            "Some resources are remaining: pods. has 2 resource instances, "
            "widgets.example.com has 1 resource instances"),
        "NamespaceFinalizersRemaining": (
            "True", "SomeFinalizersRemain",
            "Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances"),
    }


def test_failures_are_told() -> None:
    found = plan_conditions(Remains(failures=["no"]), ["metrics.k8s.io/v1beta1"], "t")
    assert [each["status"] for each in found] == ["True", "False", "True", "False", "False"]
