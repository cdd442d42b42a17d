"""Which admission plugins run, and in which order."""

import pytest

from kubewheel.apiserver.admission import chain
from kubewheel.apiserver.admission.plugin import Stage

NAMES = [
    "NamespaceLifecycle", "ServiceAccount", "TaintNodesByCondition", "Priority", "DefaultTolerationSeconds",
    "NodeRestriction", "RBACEscalation",
]


def test_discovered_in_order() -> None:
    found = sorted(chain.discover(), key=lambda plugin: (plugin.stage, plugin.weight, plugin.name))
    known = [plugin.name for plugin in found if plugin.name in NAMES]
    assert known == NAMES
    assert next(plugin for plugin in found if plugin.name == "NamespaceLifecycle").stage is Stage.MUTATE


UPSTREAM = [  # Of https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubeapiserver/options/plugins.go
    "AlwaysAdmit", "NamespaceAutoProvision", "NamespaceLifecycle", "NamespaceExists",
    "LimitPodHardAntiAffinityTopology", "PodPreset", "LimitRanger", "ServiceAccount", "NodeRestriction",
    "TaintNodesByCondition", "AlwaysPullImages", "PodSecurity", "PodNodeSelector", "Priority",
    "DefaultTolerationSeconds", "PodTolerationRestriction", "EventRateLimit", "ExtendedResourceToleration",
    "DefaultStorageClass", "StorageObjectInUseProtection", "OwnerReferencesPermissionEnforcement",
    "PersistentVolumeClaimResize", "RuntimeClass", "CertificateApproval", "CertificateSigning",
    "ClusterTrustBundleAttest", "CertificateSubjectRestriction", "DefaultIngressClass", "DenyServiceExternalIPs",
    "PodTopologyLabels", "MutatingAdmissionPolicy", "MutatingAdmissionWebhook", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook", "ResourceQuota", "AlwaysDeny",
]
# Sees what everything before has decided on, so it comes when nothing but that can still go wrong.
ELSEWHERE = {(Stage.VALIDATE, "PodPreset"), (Stage.VALIDATE, "NodeRestriction")}


@pytest.mark.parametrize("stage", list(Stage))
def test_upstreams_order(stage: Stage) -> None:
    found = [each for each in chain.discover() if each.stage is stage and not each.is_internal]
    assert {each.name for each in found} <= set(UPSTREAM)
    kept = [each for each in found if (stage, each.name) not in ELSEWHERE]
    ordered = [each.name for each in sorted(kept, key=lambda each: each.weight)]
    assert ordered == sorted(ordered, key=UPSTREAM.index)


def test_default_plugins() -> None:
    off = {each.name for each in chain.discover() if not each.enabled}
    assert off == {
        "AlwaysAdmit", "AlwaysDeny", "AlwaysPullImages", "DenyServiceExternalIPs", "EventRateLimit",
        "ExtendedResourceToleration", "LimitPodHardAntiAffinityTopology", "NamespaceAutoProvision", "NamespaceExists",
        "OwnerReferencesPermissionEnforcement", "PodNodeSelector", "PodTolerationRestriction",
    }


def test_select() -> None:
    plugins = chain.discover()
    assert "Priority" not in [each.name for each in chain.select(plugins, (), ("Priority",))]
    with pytest.raises(ValueError, match="unknown admission plugin 'Nope'"):
        chain.select(plugins, ("Nope",), ())
    with pytest.raises(ValueError, match="'Priority' cannot be both enabled and disabled"):
        chain.select(plugins, ("Priority",), ("Priority",))
    with pytest.raises(ValueError, match="unknown admission plugin 'RBACEscalation'"):
        chain.select(plugins, (), ("RBACEscalation",))
