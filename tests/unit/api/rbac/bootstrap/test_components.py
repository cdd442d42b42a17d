"""Roles for the parts of a cluster."""

from kubewheel.api.rbac.bootstrap import components


def test_nodes_delete_no_nodes():
    verbs = {verb for rule in components.NODE if "nodes" in rule["resources"] for verb in rule["verbs"]}
    assert verbs == {"create", "get", "list", "patch", "update", "watch"}


def test_leases_of_leaders_have_names():
    for role, name in (
        ("system:kube-scheduler", "kube-scheduler"), ("system:kube-controller-manager", "kube-controller-manager"),
    ):
        assert [rule["resourceNames"] for rule in components.ROLES[role] if rule.get("resourceNames")] == [[name]]
