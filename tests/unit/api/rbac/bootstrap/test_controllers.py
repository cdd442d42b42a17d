"""Roles of controllers."""

import pytest

from kubewheel.api.rbac.bootstrap import controllers

KNOWN = [
    "attachdetach-controller", "certificate-controller", "clusterrole-aggregation-controller", "cronjob-controller",
    "daemon-set-controller", "deployment-controller", "device-taint-eviction-controller", "disruption-controller",
    "endpoint-controller", "endpointslice-controller", "endpointslicemirroring-controller",
    "ephemeral-volume-controller", "expand-controller", "generic-garbage-collector", "horizontal-pod-autoscaler",
    "job-controller", "kube-apiserver-serving-clustertrustbundle-publisher", "legacy-service-account-token-cleaner",
    "namespace-controller", "node-controller", "persistent-volume-binder", "pod-garbage-collector",
    "podcertificaterequestcleaner", "pv-protection-controller", "pvc-protection-controller", "replicaset-controller",
    "replication-controller", "resource-claim-controller", "resourcequota-controller", "root-ca-cert-publisher",
    "route-controller", "selinux-warning-controller", "service-account-controller", "service-cidrs-controller",
    "service-controller", "statefulset-controller", "storage-version-migrator-controller",
    "ttl-after-finished-controller", "ttl-controller", "validatingadmissionpolicy-status-controller",
    "volumeattributesclass-protection-controller",
]


def test_names():
    assert sorted(controllers.CONTROLLERS) == KNOWN


@pytest.mark.parametrize("name", sorted(controllers.CONTROLLERS))
def test_rules_say_who_what_and_where(name):
    for rule in controllers.CONTROLLERS[name]:
        assert rule["verbs"]
        assert rule["apiGroups"]
        assert rule["resources"]
