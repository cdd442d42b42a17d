"""apps/v1beta1: defaults of old."""

from kubewheel.api.retired import apps_v1beta1 as version

TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {}}


def test_deployment_keeps_two_revisions():
    there, back = version.CONVERSIONS["Deployment"]
    deployment = {"spec": {"template": TEMPLATE, "rollbackTo": {}}}
    there(deployment)
    spec = deployment["spec"]
    assert (spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (2, 600)
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": "25%"}
    back(deployment)
    assert deployment["spec"]["rollbackTo"] == {"revision": 0}


def test_stateful_set_waits_for_deletes():
    there, back = version.CONVERSIONS["StatefulSet"]
    found = {"spec": {"template": TEMPLATE}}
    there(found)
    back(found)
    assert found["spec"]["updateStrategy"] == {"type": "OnDelete"}
    assert found["spec"]["selector"] == {"matchLabels": {"app": "web"}}
