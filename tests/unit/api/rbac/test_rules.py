"""Policy rules."""

from dataclasses import dataclass

import pytest

from kubewheel.api.rbac import rules
from kubewheel.libs.wire import Identity


@dataclass
class Wanted:
    verb: str = "get"
    group: str = ""
    resource: str = "pods"
    subresource: str = ""
    name: str = ""
    path: str = ""


def rule(verbs="get", groups="", resources="pods", **more):
    return {"verbs": verbs.split(), "apiGroups": groups.split() or [""], "resources": resources.split(), **more}


def urls(*paths):
    return {"verbs": ["get"], "nonResourceURLs": list(paths)}


@pytest.mark.parametrize(("held", "wanted", "expected"), [
    pytest.param(rule(), Wanted(), True, id="exact"),
    pytest.param(rule(), Wanted(verb="list"), False, id="other-verb"),
    pytest.param(rule("*"), Wanted(verb="bind"), True, id="any-verb"),
    pytest.param(rule(groups="apps"), Wanted(), False, id="other-group"),
    pytest.param(rule(groups="*"), Wanted(group="apps"), True, id="any-group"),
    pytest.param(rule(resources="*"), Wanted(subresource="log"), True, id="any-resource"),
    pytest.param(rule(), Wanted(subresource="log"), False, id="resource-without-subresource"),
    pytest.param(rule(resources="pods/log"), Wanted(subresource="log"), True, id="subresource"),
    pytest.param(rule(resources="pods/log"), Wanted(), False, id="subresource-only"),
    pytest.param(rule(resources="pods/*"), Wanted(subresource="log"), False, id="no-wildcard-behind"),
    pytest.param(rule(resources="*/scale"), Wanted(resource="x", subresource="scale"), True, id="any-scale"),
    pytest.param(rule(resources="*/scale"), Wanted(resource="x", subresource="status"), False, id="not-any"),
    pytest.param(rule(resourceNames=["a"]), Wanted(name="a"), True, id="name"),
    pytest.param(rule(resourceNames=["a"]), Wanted(name="b"), False, id="other-name"),
    pytest.param(rule(resourceNames=["a"]), Wanted(), False, id="collection"),
    pytest.param(urls("/api*"), Wanted(resource="", path="/apis"), True, id="prefix"),
    pytest.param(urls("/api"), Wanted(resource="", path="/apis"), False, id="path"),
    pytest.param({"verbs": ["get"], "nonResourceURLs": ["*"]}, Wanted(resource="", path="/x"), True, id="any-path"),
    pytest.param({"verbs": ["get"], "nonResourceURLs": ["*"]}, Wanted(), False, id="path-is-no-resource"),
])
def test_covers(held, wanted, expected):
    assert rules.covers(rules.parse(held), wanted) is expected


@pytest.mark.parametrize(("subject", "expected"), [
    pytest.param({"kind": "User", "name": "ann"}, True, id="user"),
    pytest.param({"kind": "User", "name": "bob"}, False, id="other-user"),
    pytest.param({"kind": "Group", "name": "dev"}, True, id="group"),
    pytest.param({"kind": "Group", "name": "ops"}, False, id="other-group"),
    pytest.param({"kind": "Robot", "name": "ann"}, False, id="unknown-kind"),
])
def test_subject_matches(subject, expected):
    assert rules.subject_matches(subject, Identity("ann", ("dev",))) is expected


@pytest.mark.parametrize(("subject", "namespace", "expected"), [
    pytest.param({"namespace": "ns", "name": "sa"}, "", True, id="own-namespace"),
    pytest.param({"name": "sa"}, "ns", True, id="namespace-of-binding"),
    pytest.param({"name": "sa"}, "", False, id="no-namespace"),
    pytest.param({"namespace": "other", "name": "sa"}, "ns", False, id="other-namespace"),
])
def test_service_account(subject, namespace, expected):
    identity = Identity("system:serviceaccount:ns:sa")
    assert rules.subject_matches({"kind": "ServiceAccount", **subject}, identity, namespace) is expected


def covered(owned, wanted):
    missing = rules.rules_covered([rules.parse(each) for each in owned], [rules.parse(each) for each in wanted])
    return [rules.describe(each) for each in rules.compact(missing)]


@pytest.mark.parametrize(("owned", "wanted", "missing"), [
    pytest.param([rule("get list")], [rule()], [], id="less"),
    pytest.param([rule("get"), rule("list")], [rule("get list")], [], id="together"),
    pytest.param([rule("*", "*", "*")], [rule("escalate", "x", "y/z")], [], id="everything"),
    pytest.param(
        [rule()], [rule("get list watch")], ['{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}'],
        id="verbs",
    ),
    pytest.param(
        [rule(resourceNames=["a"])], [rule()], ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'], id="names",
    ),
    pytest.param(
        [rule(resourceNames=["a"])], [rule(resourceNames=["a", "b"])],
        ['{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get"]}'], id="name",
    ),
    pytest.param([rule(resources="*/scale")], [rule(resources="x/scale")], [], id="any-scale"),
    pytest.param([rule()], [rule("*")], ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}'], id="star-is-no-verb"),
    pytest.param(
        [{"verbs": ["get"], "nonResourceURLs": ["/a/*"]}], [{"verbs": ["get"], "nonResourceURLs": ["/a/b", "/b"]}],
        ['{NonResourceURLs:["/b"], Verbs:["get"]}'], id="paths",
    ),
])
def test_rules_covered(owned, wanted, missing):
    assert covered(owned, wanted) == missing


def test_refusal():
    missing = [rules.parse(rule("list")), rules.parse(rule("get", "apps", "deployments"))]
    assert rules.escalation_refusal(Identity("ann", ("a", "b")), missing) == (
        'user "ann" (groups=["a" "b"]) is attempting to grant RBAC permissions not currently held:\n'
        '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}\n'
        '{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}'
    )


def role(name, labels=None, held=(), gathers=None):
    made = {"metadata": {"name": name, "labels": labels or {}}, "rules": list(held)}
    if gathers:
        made["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": gathers}]}
    return made


def test_aggregate():
    one, two = rule("get"), rule("list")
    roles = [role("b", {"to": "x"}, [two, one]), role("a", {"to": "x"}, [one]), role("c", {"to": "y"}, [two])]
    whole = role("all", {"to": "x"}, gathers={"to": "x"})
    assert rules.aggregate(whole, [*roles, whole]) == [one, two]
    assert rules.aggregate(roles[0], roles) is None


def test_show():
    assert rules.show(rules.parse(rule())) == {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
