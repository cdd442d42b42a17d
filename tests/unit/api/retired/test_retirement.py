"""What is said of a retired version, and how it behaves."""

import pytest

from kubewheel.api.registry import Registry
from kubewheel.api.retired import resources

BY_GVK = {each.gvk: each for each in resources([*Registry.builtin()])}


@pytest.mark.parametrize(("gvk", "text"), [
    (("extensions", "v1beta1", "Ingress"),
     "extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress"),
    (("scheduling.k8s.io", "v1beta1", "PriorityClass"),
     "scheduling.k8s.io/v1beta1 PriorityClass is deprecated in v1.14+, unavailable in v1.22+; "
     "use scheduling.k8s.io/v1 PriorityClass"),
    (("policy", "v1beta1", "PodSecurityPolicy"),
     "policy/v1beta1 PodSecurityPolicy is deprecated in v1.21+, unavailable in v1.25+"),
])
def test_warning(gvk, text):
    resource = BY_GVK[gvk]
    assert resource.retired.warning(resource.api_version, resource.kind) == text


def test_behaviour_is_that_of_the_successor():
    retired = BY_GVK["extensions", "v1beta1", "Deployment"]
    behaviour, successor = retired.behaviour, retired.retired.successor.behaviour
    assert behaviour.default is successor.default
    assert set(behaviour.conversions) == {"v1beta1"}
    assert not BY_GVK["storage.k8s.io", "v1beta1", "StorageClass"].behaviour.conversions


def test_conversions_of_the_successor_are_kept():
    events = BY_GVK["events.k8s.io", "v1beta1", "Event"].behaviour
    found = {"regarding": {"kind": "Pod"}, "note": "hello"}
    events.conversions["v1beta1"][0](found)
    assert found == {"involvedObject": {"kind": "Pod"}, "message": "hello"}
