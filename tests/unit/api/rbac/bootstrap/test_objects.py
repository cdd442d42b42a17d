"""Roles and bindings that every cluster starts with, as objects."""

import pytest

from kubewheel.api.rbac import bootstrap, cluster_role, cluster_role_binding, role, role_binding, rules
from kubewheel.libs.wire import Identity

ROLES = {each["metadata"]["name"]: each for each in bootstrap.cluster_roles()}
BINDINGS = {each["metadata"]["name"]: each for each in bootstrap.cluster_role_bindings()}


def test_metadata():
    for each in [*ROLES.values(), *BINDINGS.values()]:
        assert each["metadata"]["labels"]["kubernetes.io/bootstrapping"] == "rbac-defaults"
        assert each["metadata"]["annotations"] == {"rbac.authorization.kubernetes.io/autoupdate": "true"}
        assert each["apiVersion"] == "rbac.authorization.k8s.io/v1"


def test_everything_is_valid():
    for kind, listed in (
        (cluster_role.KIND, ROLES.values()), (cluster_role_binding.KIND, BINDINGS.values()),
        *((role.KIND, each) for each in bootstrap.roles().values()),
        *((role_binding.KIND, each) for each in bootstrap.role_bindings().values()),
    ):
        for each in listed:
            assert kind.validate(each) == [], each["metadata"]["name"]
            assert kind.validate_name(each["metadata"]["name"]) == []


def test_bindings_name_roles_that_exist():
    assert {each["roleRef"]["name"] for each in BINDINGS.values()} <= {*ROLES}
    for namespace, listed in bootstrap.role_bindings().items():
        known = {each["metadata"]["name"] for each in bootstrap.roles()[namespace]}
        assert {each["roleRef"]["name"] for each in listed} <= known


def test_objects_are_fresh():
    bootstrap.cluster_roles()[0]["rules"].clear()
    assert bootstrap.cluster_roles()[0]["rules"]
    bootstrap.node_rules()[0]["verbs"].clear()
    assert bootstrap.node_rules()[0]["verbs"]


@pytest.mark.parametrize("name", ["admin", "edit", "view"])
def test_aggregated(name):
    made = ROLES[name]
    assert made["aggregationRule"]["clusterRoleSelectors"] == [
        {"matchLabels": {f"rbac.authorization.k8s.io/aggregate-to-{name}": "true"}}
    ]
    assert made["rules"] == rules.aggregate(made, ROLES.values())
    assert made["rules"]


def test_aggregated_roles_contain_each_other():
    view, edit, admin = ([str(rule) for rule in ROLES[name]["rules"]] for name in ("view", "edit", "admin"))
    assert {*view} < {*edit} < {*admin}


class Wanted:
    def __init__(self, verb, resource, group="", subresource="", path=""):
        self.verb, self.resource, self.group, self.subresource = verb, resource, group, subresource
        self.path, self.name = path, ""


@pytest.mark.parametrize(("name", "wanted", "expected"), [
    pytest.param("cluster-admin", Wanted("escalate", "anything", "x.y"), True, id="cluster-admin"),
    pytest.param("view", Wanted("get", "secrets"), False, id="viewers-see-no-secrets"),
    pytest.param("view", Wanted("list", "deployments", "apps"), True, id="viewers-see-deployments"),
    pytest.param("edit", Wanted("create", "pods", subresource="exec"), True, id="editors-exec"),
    pytest.param("edit", Wanted("create", "rolebindings", "rbac.authorization.k8s.io"), False, id="editors-bind-not"),
    pytest.param("edit", Wanted("update", "endpoints"), False, id="editors-write-no-endpoints"),
    pytest.param("admin", Wanted("create", "rolebindings", "rbac.authorization.k8s.io"), True, id="admins-bind"),
    pytest.param("admin", Wanted("update", "resourcequotas"), False, id="admins-keep-quotas"),
    pytest.param("system:discovery", Wanted("get", "", path="/apis/apps/v1"), True, id="discovery"),
    pytest.param(
        "system:basic-user", Wanted("create", "selfsubjectreviews", "authentication.k8s.io"), True, id="whoami",
    ),
    pytest.param("system:node", Wanted("patch", "nodes", subresource="status"), True, id="node"),
    pytest.param("system:kube-scheduler", Wanted("create", "pods", subresource="binding"), True, id="scheduler"),
    pytest.param("system:kubelet-api-admin", Wanted("get", "nodes", subresource="proxy"), True, id="kubelet-api"),
    pytest.param(
        "system:controller:horizontal-pod-autoscaler", Wanted("update", "x", "y", "scale"), True, id="autoscaler",
    ),
])
def test_rights(name, wanted, expected):
    assert any(rules.covers(rules.parse(held), wanted) for held in ROLES[name]["rules"]) is expected


@pytest.mark.parametrize(("name", "identity", "expected"), [
    pytest.param("cluster-admin", Identity("root", ("system:masters",)), True, id="masters"),
    pytest.param("system:public-info-viewer", Identity("", ("system:unauthenticated",)), True, id="everybody"),
    pytest.param("system:discovery", Identity("", ("system:unauthenticated",)), False, id="strangers-discover-nothing"),
    pytest.param("system:kube-scheduler", Identity("system:kube-scheduler"), True, id="scheduler"),
    pytest.param(
        "system:controller:job-controller", Identity("system:serviceaccount:kube-system:job-controller"), True,
        id="controller",
    ),
])
def test_subjects(name, identity, expected):
    assert any(rules.subject_matches(subject, identity) for subject in BINDINGS[name]["subjects"]) is expected


def test_the_binding_of_nodes_is_empty():
    assert "subjects" not in BINDINGS["system:node"]
