"""Authorization modes on their own, and in order."""

import pytest

from kubewheel.apiserver.authz import abac
from kubewheel.apiserver.authz.attributes import Attributes, Opinion, refusal
from kubewheel.apiserver.authz.authorizer import AlwaysAllow, AlwaysDeny, choose
from kubewheel.apiserver.authz.node import node_name, references
from kubewheel.apiserver.authz.rbac import Rbac
from kubewheel.apiserver.authz.rbac_index import RESOURCES, RbacIndex
from kubewheel.libs.wire import Identity
from kubewheel.storage import Key
from kubewheel.storage.memory import MemoryStore

BOB = Identity("bob", ("dev",))
GET_PODS = Attributes(BOB, "get", "pods", namespace="n")
MAKERS = {"AlwaysAllow": AlwaysAllow, "AlwaysDeny": AlwaysDeny}


def test_order() -> None:
    assert choose(("AlwaysDeny", "AlwaysAllow"), MAKERS).decide(GET_PODS).allowed
    refused = choose(("AlwaysDeny",), MAKERS).decide(GET_PODS)
    assert (refused.opinion, refused.reason) == (Opinion.NONE, "Everything is forbidden.")
    master = Attributes(Identity("root", ("system:masters",)), "get", "pods")
    assert choose(("AlwaysDeny",), MAKERS).decide(master).allowed


@pytest.mark.parametrize("names", [(), ("Nope",), ("AlwaysAllow", "AlwaysAllow")])
def test_bad_modes(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="authorization mode"):
        choose(names, MAKERS)


@pytest.mark.parametrize(("attributes", "message"), [
    pytest.param(Attributes(BOB, "list", "pods", namespace="n"),
                 'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "n"',
                 id="namespaced"),
    pytest.param(Attributes(BOB, "get", "deployments", "apps", "scale", name="d"),
                 'deployments.apps "d" is forbidden: User "bob" cannot get resource "deployments/scale" in API group '
                 '"apps" at the cluster scope', id="subresource"),
    pytest.param(Attributes(BOB, "get", path="/metrics"), 'forbidden: User "bob" cannot get path "/metrics"',
                 id="path"),
])
def test_refusal(attributes: Attributes, message: str) -> None:
    assert refusal(attributes).message == message


POLICIES = """
{"kind": "Policy", "spec": {"user": "bob", "namespace": "*", "resource": "*", "apiGroup": "*", "readonly": true}}
# comment
{"kind": "Policy", "spec": {"group": "ops", "nonResourcePath": "/logs*"}}
"""


@pytest.mark.parametrize(("attributes", "allowed"), [
    pytest.param(GET_PODS, True, id="read"),
    pytest.param(Attributes(BOB, "create", "pods", namespace="n"), False, id="write"),
    pytest.param(Attributes(Identity("eve"), "get", "pods"), False, id="other-user"),
    pytest.param(Attributes(Identity("x", ("ops",)), "get", path="/logs/a"), True, id="path"),
    pytest.param(Attributes(Identity("x", ("ops",)), "get", path="/metrics"), False, id="other-path"),
])
def test_abac(attributes: Attributes, allowed: bool) -> None:
    assert abac.Abac(abac.parse(POLICIES)).decide(attributes).allowed is allowed


@pytest.mark.parametrize("text", ["{", '{"kind": "Other"}'])
def test_abac_bad_file(text: str) -> None:
    with pytest.raises(ValueError, match="policy file line 1"):
        abac.parse(text)


async def test_rbac_follows_the_store() -> None:
    store = MemoryStore()
    index = RbacIndex(store)
    rbac = Rbac(index)
    role, binding = Key(RESOURCES[1], "", "r"), Key(RESOURCES[2], "n", "b")
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    await store.write(role, {"metadata": {"name": "r"}, "rules": [rule]}, expected=0)
    content = {
        "metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "Group", "name": "dev"}, {"kind": "ServiceAccount", "name": "sa"}],
    }
    entry = await store.write(binding, content, expected=0)
    index.load()
    assert rbac.decide(GET_PODS).allowed
    account = Identity("system:serviceaccount:n:sa")
    assert rbac.decide(Attributes(account, "get", "pods", namespace="n")).allowed
    assert not rbac.decide(Attributes(BOB, "get", "pods", namespace="other")).allowed
    assert not rbac.decide(Attributes(BOB, "get", "pods")).allowed
    await store.write(binding, None, expected=entry.revision)
    index.refresh(binding)
    assert not rbac.decide(GET_PODS).allowed


@pytest.mark.parametrize(("identity", "expected"), [
    pytest.param(Identity("system:node:a", ("system:nodes",)), "a", id="node"),
    pytest.param(Identity("system:node:", ("system:nodes",)), "", id="nameless"),
    pytest.param(Identity("system:node:a"), None, id="no-group"), pytest.param(BOB, None, id="user"),
])
def test_node_name(identity: Identity, expected: str | None) -> None:
    assert node_name(identity) == expected


def test_references() -> None:
    source = {"secretKeyRef": {"name": "s1"}}
    found = set(references({
        "metadata": {"name": "p"},
        "spec": {
            "serviceAccountName": "sa", "imagePullSecrets": [{"name": "s2"}],
            "containers": [{"name": "c", "env": [{"name": "e", "valueFrom": source}],
                            "envFrom": [{"configMapRef": {"name": "c1"}}]}],
            "volumes": [
                {"name": "v", "persistentVolumeClaim": {"claimName": "pvc"}}, {"name": "e", "ephemeral": {"x": 1}},
                {"name": "p", "projected": {"sources": [{"configMap": {"name": "c2"}}, {"secret": {"name": "s3"}}]}},
            ],
        },
    }))
    assert found == {
        ("serviceaccounts", "sa"), ("secrets", "s1"), ("secrets", "s2"), ("secrets", "s3"), ("configmaps", "c1"),
        ("configmaps", "c2"), ("persistentvolumeclaims", "pvc"), ("persistentvolumeclaims", "p-e"),
    }
