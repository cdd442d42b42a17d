"""Which requests a FlowSchema is for, and which queues a flow has."""

from typing import Any

import pytest

from kubewheel.apiserver.fairness import classification
from kubewheel.apiserver.fairness.classification import Schema
from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.libs.wire import Identity

BOB = Identity("bob", ("dev",))
AGENT = Identity("system:serviceaccount:kube-system:agent", ("system:serviceaccounts",))
LIST_PODS = RequestInfo("/api/v1/namespaces/a/pods", "list", True, "", "v1", "a", "pods")
EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}


def account(namespace: str, name: str) -> dict[str, Any]:
    return {"kind": "ServiceAccount", "serviceAccount": {"namespace": namespace, "name": name}}


@pytest.mark.parametrize(("subject", "identity", "expected"), [
    pytest.param({"kind": "User", "user": {"name": "bob"}}, BOB, True, id="user"),
    pytest.param({"kind": "User", "user": {"name": "eve"}}, BOB, False, id="other-user"),
    pytest.param({"kind": "User", "user": {"name": "*"}}, BOB, True, id="all-users"),
    pytest.param({"kind": "Group", "group": {"name": "dev"}}, BOB, True, id="group"),
    pytest.param({"kind": "Group", "group": {"name": "ops"}}, BOB, False, id="other-group"),
    pytest.param({"kind": "Group", "group": {"name": "*"}}, BOB, True, id="all-groups"),
    pytest.param(account("kube-system", "agent"), AGENT, True, id="account"),
    pytest.param(account("kube-system", "*"), AGENT, True, id="all-accounts-of-a-namespace"),
    pytest.param(account("default", "*"), AGENT, False, id="other-namespace"),
    pytest.param(account("kube-system", "agent"), BOB, False, id="no-account"),
])
def test_subjects(subject: dict[str, Any], identity: Identity, expected: bool) -> None:
    assert classification.is_subject(subject, identity) is expected


@pytest.mark.parametrize(("rule", "info", "expected"), [
    pytest.param({}, LIST_PODS, True, id="everything"),
    pytest.param({"verbs": ["get"]}, LIST_PODS, False, id="verb"),
    pytest.param({"apiGroups": ["apps"]}, LIST_PODS, False, id="group"),
    pytest.param({"resources": ["pods"]}, LIST_PODS, True, id="resource"),
    pytest.param({"namespaces": ["a"]}, LIST_PODS, True, id="namespace"),
    pytest.param({"namespaces": ["b"]}, LIST_PODS, False, id="other-namespace"),
    pytest.param({"clusterScope": False}, RequestInfo("/", "get", True, "", "v1", "", "nodes"), False, id="cluster"),
    pytest.param({"resources": ["pods"]}, RequestInfo("/", "get", True, "", "v1", "a", "pods", "status"), False,
                 id="subresource"),
    pytest.param({"resources": ["pods/status"]}, RequestInfo("/", "get", True, "", "v1", "a", "pods", "status"), True,
                 id="that-subresource"),
    pytest.param({}, RequestInfo("/healthz", "get"), False, id="path"),
])
def test_resource_rules(rule: dict[str, Any], info: RequestInfo, expected: bool) -> None:
    spec = {"rules": [{"subjects": [{"kind": "User", "user": {"name": "*"}}], "resourceRules": [EVERYTHING | rule]}]}
    assert Schema("x", "", spec).matches(BOB, info) is expected


@pytest.mark.parametrize(("url", "path", "expected"), [
    ("*", "/anything", True), ("/healthz", "/healthz", True), ("/healthz", "/healthz/ping", False),
    ("/healthz/*", "/healthz/ping", True), ("/healthz/*", "/livez/ping", False),
])
def test_path_rules(url: str, path: str, expected: bool) -> None:
    rule = {"subjects": [{"kind": "User", "user": {"name": "*"}}],
            "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": [url]}]}
    assert Schema("x", "", {"rules": [rule]}).matches(BOB, RequestInfo(path, "get")) is expected


@pytest.mark.parametrize(("method", "expected"), [("ByUser", "bob"), ("ByNamespace", "a"), ("", "")])
def test_what_tells_flows_apart(method: str, expected: str) -> None:
    spec = {"distinguisherMethod": {"type": method}} if method else {}
    assert Schema("x", "", spec).distinguish(BOB, LIST_PODS) == expected


def test_hands_are_dealt_without_repetition_and_alike_on_every_server() -> None:
    hands = {classification.deal(classification.flow_hash("x", str(user)), 64, 6) for user in range(200)}
    assert all(len(set(hand)) == 6 and max(hand) < 64 for hand in hands)
    assert len(hands) > 190
    assert {queue for hand in hands for queue in hand} == set(range(64))
    assert classification.deal(classification.flow_hash("x", "bob"), 64, 6) == (61, 15, 25, 41, 37, 12)
    assert classification.deal(5, 3, 3) == (2, 1, 0)
