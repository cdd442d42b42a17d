"""Which pods keep a claim."""

from typing import Any

import pytest

from kubewheel.controllers.pvc_protection import claim_names, uses

CLAIM = {"metadata": {"name": "p-scratch", "namespace": "n", "ownerReferences": [{"uid": "u", "controller": True}]}}
NAMED = {"name": "data", "persistentVolumeClaim": {"claimName": "p-scratch"}}
MADE = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}}


def pod(*volumes: dict[str, Any], node: str = "n1", uid: str = "u", **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", "namespace": "n", "uid": uid, **metadata},
            "spec": {"nodeName": node, "volumes": list(volumes)}}


@pytest.mark.parametrize(("user", "expected"), [
    pytest.param(pod(NAMED), True, id="named"),
    pytest.param(pod(NAMED, node=""), False, id="unscheduled"),
    pytest.param(pod({"name": "v", "emptyDir": {}}), False, id="other"),
    pytest.param(pod(MADE), True, id="made-for-it"),
    pytest.param(pod(MADE, uid="other"), False, id="made-for-a-namesake"),
    pytest.param(pod(MADE, deletionTimestamp="t", deletionGracePeriodSeconds=0), False, id="its-node-is-done"),
    pytest.param(pod(MADE, deletionTimestamp="t", deletionGracePeriodSeconds=30), True, id="ending"),
    pytest.param(pod(NAMED, deletionTimestamp="t", deletionGracePeriodSeconds=0), True, id="named-until-gone"),
])
def test_uses(user: dict[str, Any], expected: bool) -> None:
    assert uses(user, CLAIM) is expected


def test_claim_names() -> None:
    assert claim_names(pod(NAMED, MADE, {"name": "v", "emptyDir": {}})) == {"p-scratch"}
