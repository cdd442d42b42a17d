"""extensions/v1beta1: defaults of old."""

from kubewheel.api.retired import extensions_v1beta1 as version
from kubewheel.api.retired import workloads

TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {}}


def test_deployment_keeps_all_revisions_and_has_no_deadline():
    deployment = {"spec": {"template": TEMPLATE}}
    version.CONVERSIONS["Deployment"][0](deployment)
    assert deployment["spec"] == {
        "template": TEMPLATE, "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}},
        "revisionHistoryLimit": 2**31 - 1, "progressDeadlineSeconds": 2**31 - 1,
    }


def test_daemon_set_waits_for_deletes():
    there, back = version.CONVERSIONS["DaemonSet"]
    daemon_set = {"spec": {"template": TEMPLATE, "templateGeneration": 4}}
    there(daemon_set)
    assert daemon_set["spec"]["updateStrategy"] == {"type": "OnDelete"}
    assert daemon_set["metadata"]["annotations"] == {workloads.TEMPLATE_GENERATION: "4"}
    back(daemon_set)
    assert daemon_set["spec"]["templateGeneration"] == 4
    assert "annotations" not in daemon_set["metadata"]


def test_replica_set_needs_no_selector():
    there, back = version.CONVERSIONS["ReplicaSet"]
    found = {"spec": {"template": TEMPLATE}}
    there(found)
    back(found)
    assert found["spec"]["selector"] == {"matchLabels": {"app": "web"}}
