"""FlowSchema."""

import pytest

from kubewheel.api.flowcontrol.flow_schema import KIND

SUBJECT = {"kind": "Group", "group": {"name": "g"}}
PATHS = {"verbs": ["get"], "nonResourceURLs": ["/healthz"]}
RESOURCES = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"]}


def created(subject=SUBJECT, paths=PATHS, resources=RESOURCES, **spec):
    rule = {"subjects": [subject] if subject else [], "nonResourceRules": [paths] if paths else []}
    rule["resourceRules"] = [resources] if resources else []
    made = {
        "metadata": {"name": "f"}, "spec": {"priorityLevelConfiguration": {"name": "l"}, "rules": [rule], **spec},
    }
    KIND.prepare_create(made)
    KIND.default(made)
    return made


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(created(), [], id="good"),
    pytest.param(
        created(matchingPrecedence=10001),
        ["spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000"], id="precedence",
    ),
    pytest.param(
        created(matchingPrecedence=1),
        ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
        id="first",
    ),
    pytest.param(
        created(priorityLevelConfiguration={}),
        ["spec.priorityLevelConfiguration.name: Required value: must reference a priority level"], id="no-level",
    ),
    pytest.param(
        created(subject=None), ["spec.rules[0].subjects: Required value: subjects must contain at least one value"],
        id="no-subject",
    ),
    pytest.param(
        created(subject={"kind": "Robot"}),
        ['spec.rules[0].subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", '
         '"User"'],
        id="subject",
    ),
    pytest.param(
        created(subject={"kind": "User", "group": {"name": "g"}}),
        [
            "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
            "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
        ],
        id="other-subject",
    ),
    pytest.param(
        created(subject={"kind": "ServiceAccount", "serviceAccount": {"name": "*"}}),
        [
            "spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service "
            "account"
        ],
        id="no-namespace",
    ),
    pytest.param(
        created(paths=None, resources=None),
        [
            "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty"
        ],
        id="no-rules",
    ),
    pytest.param(
        created(paths={"verbs": ["get"], "nonResourceURLs": ["/a*", "b", "/c//d"]}),
        [
            'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix '
            "matching",
            'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "b": must start with slash',
            'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/c//d": must not contain double '
            'slash',
        ],
        id="paths",
    ),
    pytest.param(
        created(resources={"verbs": ["eat"], "apiGroups": [], "resources": ["*", "a"]}),
        [
            'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["eat"]: supported values: "create", "delete", '
            '"deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
            "spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api "
            "group",
            'spec.rules[0].resourceRules[0].resources: Invalid value: ["*","a"]: if \'*\' is present, must not specify '
            'other '
            "resources",
            "spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped "
            "must "
            "supply at least one namespace",
        ],
        id="resources",
    ),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


def test_mandatory_schemas_cannot_change():
    made = created()
    made["metadata"]["name"] = "catch-all"
    assert [fault.detail for fault in KIND.validate(made)] == ["spec of 'catch-all' must equal the fixed value"]


def test_row():
    made = created()
    assert list(KIND.row(made, 0)) == ["f", "l", 1000, "<none>", "<unknown>", "?"]
    made["status"] = {"conditions": [{"type": "Dangling", "status": "False"}]}
    assert KIND.row(made, 0)[-1] == "False"
