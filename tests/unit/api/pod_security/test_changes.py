"""Which updates are looked at, and what is said about existing pods."""

from typing import Any

import pytest

from kubewheel.api.pod_security.changes import Survey, is_significant, prioritized
from kubewheel.api.pod_security.policy import Level, Standard

OLD = {"metadata": {}, "spec": {"containers": [{"name": "a", "image": "i"}]}}


def pod(name: str = "p", *, owner: str = "", image: str = "i", **spec: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name}
    if owner:
        metadata["ownerReferences"] = [{"uid": owner, "controller": True}]
    return {"metadata": metadata, "spec": {"containers": [{"name": "a", "image": image}], **spec}}


@pytest.mark.parametrize(("new", "expected"), [
    pytest.param({**pod(), "metadata": {"labels": {"a": "b"}}}, False, id="labels"),
    pytest.param(pod(image="other"), True, id="image"),
    pytest.param(pod(initContainers=[{"name": "b"}]), True, id="init"),
    pytest.param(pod(ephemeralContainers=[{"name": "b"}]), True, id="ephemeral"),
    pytest.param(pod(tolerations=[{}]), False, id="tolerations"),
])
def test_significant(new: dict[str, Any], expected: bool) -> None:
    assert is_significant(new, OLD) is expected


def test_one_of_each_owner_first() -> None:
    pods = [pod("a1", owner="a"), pod("a2", owner="a"), pod("alone"), pod("x", runtimeClassName="free"),
            pod("b1", owner="b")]
    ordered = prioritized(pods, lambda spec: spec.get("runtimeClassName") == "free")
    assert [each["metadata"]["name"] for each in ordered] == ["a1", "alone", "b1", "a2"]


def test_warnings() -> None:
    survey = Survey("ns", Standard(Level.BASELINE), 6)
    for each in (
        pod("c", hostPID=True), pod("a", hostPID=True), pod("b", hostPID=True), pod("fine"),
        pod("net", volumes=[{"name": "v", "hostPath": {}}]),
    ):
        survey.check(each)
    assert survey.warnings() == [
        "new PodSecurity enforce level only checked against the first 5 of 6 existing pods",
        'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
        "a (and 2 other pods): host namespaces", "net: hostPath volumes",
    ]


def test_no_warnings() -> None:
    survey = Survey("ns", Standard(Level.BASELINE), 1)
    survey.check(pod())
    assert survey.warnings() == []
