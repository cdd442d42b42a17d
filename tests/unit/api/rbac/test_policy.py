"""What the kinds of RBAC share."""

import pytest

from kubewheel.api.rbac import policy


@pytest.mark.parametrize(("rule", "namespaced", "expected"), [
    pytest.param({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, True, [], id="good"),
    pytest.param(
        {},
        True,
        [
            "rules[0].verbs: Required value: verbs must contain at least one value",
            "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
            "rules[0].resources: Required value: resource rules must supply at least one resource",
        ],
        id="empty",
    ),
    pytest.param(
        {"verbs": ["get"], "nonResourceURLs": ["/x"]}, True,
        ['rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
        id="path-in-namespace",
    ),
    pytest.param({"verbs": ["get"], "nonResourceURLs": ["/x"]}, False, [], id="path"),
    pytest.param(
        {"verbs": ["get"], "nonResourceURLs": ["/x"], "resources": ["pods"]}, False,
        [
            'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and '
            "non-resource URLs"
        ],
        id="both",
    ),
])
def test_rules(rule, namespaced, expected):
    assert [str(fault) for fault in policy.validate_rules([rule], "rules", namespaced=namespaced)] == expected


def test_aggregation():
    assert policy.validate_aggregation(None, "a") == []
    assert [str(fault) for fault in policy.validate_aggregation({}, "a")] == [
        "a.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is "
        "non-nil"
    ]


def binding(subject=None, **reference):
    made = {"roleRef": {"kind": "ClusterRole", "name": "view", **reference}, "subjects": [subject] if subject else []}
    policy.default_binding(made)
    return made


def test_defaults():
    made = binding({"kind": "User", "name": "ann"})
    assert made["roleRef"]["apiGroup"] == made["subjects"][0]["apiGroup"] == policy.GROUP
    assert "apiGroup" not in binding({"kind": "ServiceAccount", "name": "a"})["subjects"][0]
    role = {}
    policy.default_rules(role)
    assert role == {"rules": None}


@pytest.mark.parametrize(("made", "namespaced", "expected"), [
    pytest.param(binding({"kind": "ServiceAccount", "name": "a"}), True, [], id="good"),
    pytest.param(
        binding({"kind": "ServiceAccount", "name": "a"}), False, ["subjects[0].namespace: Required value"],
        id="no-namespace",
    ),
    pytest.param(
        binding({"kind": "ServiceAccount", "name": "a", "apiGroup": "x"}), True,
        ['subjects[0].apiGroup: Unsupported value: "x": supported values: ""'], id="group-of-account",
    ),
    pytest.param(
        binding({"kind": "User", "apiGroup": "x"}), True,
        [
            "subjects[0].name: Required value",
            'subjects[0].apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
        ],
        id="user",
    ),
    pytest.param(
        binding({"kind": "Robot", "name": "r"}), True,
        ['subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"'],
        id="kind",
    ),
    pytest.param(
        binding(kind="Pod", name="a/b", apiGroup="x"), True,
        [
            'roleRef.apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
            'roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"',
            "roleRef.name: Invalid value: \"a/b\": may not contain '/'",
        ],
        id="reference",
    ),
    pytest.param(binding(name=""), True, ["roleRef.name: Required value"], id="no-role"),
])
def test_binding(made, namespaced, expected):
    found = policy.validate_binding(made, kinds=policy.ROLE_KINDS, namespaced=namespaced)
    assert [str(fault) for fault in found] == expected


def test_role_cannot_change():
    [fault] = policy.validate_binding_update(binding(name="edit"), binding())
    assert (fault.field, fault.detail) == ("roleRef", "cannot change roleRef")


def test_subject_cells():
    subjects = [
        {"kind": "User", "name": "a"}, {"kind": "User", "name": "b"}, {"kind": "Group", "name": "g"},
        {"kind": "ServiceAccount", "name": "s", "namespace": "n"},
    ]
    assert policy.subject_cells(subjects) == ["a, b", "g", "n/s"]
