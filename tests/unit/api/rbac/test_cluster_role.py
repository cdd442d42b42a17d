"""ClusterRole."""

from kubewheel.api.rbac.cluster_role import KIND


def test_validate():
    assert KIND.validate({"rules": None}) == []
    assert [fault.field for fault in KIND.validate({"rules": [{"apiGroups": [""], "resources": ["a"]}]})] == [
        "rules[0].verbs"
    ]


def test_name():
    assert KIND.validate_name("system:node") == []
    assert KIND.validate_name("a/b") == ["may not contain '/'"]
