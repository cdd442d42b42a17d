"""Deployment."""

import copy

import pytest

from kubewheel.api.apps.deployment import KIND

PODS = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}


def created(template=None, **spec):
    template = {**copy.deepcopy(PODS), **(template or {})}
    obj = {
        "metadata": {"name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec},
    }
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def texts(faults):
    return [str(fault) for fault in faults]


def test_defaults():
    obj = created()
    spec = {name: value for name, value in obj["spec"].items() if name not in ("template", "selector")}
    assert spec == {
        "replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
    }
    assert obj["spec"]["template"]["spec"]["restartPolicy"] == "Always"
    assert obj["status"] == {}
    assert KIND.validate(obj) == KIND.warnings(obj) == []


@pytest.mark.parametrize(("obj", "expected"), [
    pytest.param(created(replicas=0), [], id="none-wanted"),
    pytest.param(
        created(replicas=-1), ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"], id="negative",
    ),
    pytest.param(
        created(selector=None),
        [
            "spec.selector: Required value",
            'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
        ],
        id="no-selector",
    ),
    pytest.param(
        created(selector={}), ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
        id="empty-selector",
    ),
    pytest.param(
        created(selector={"matchLabels": {"app": "other"}}),
        ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
        id="other-selector",
    ),
    pytest.param(
        created(strategy={"type": "Recreate", "rollingUpdate": {}}),
        ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
        id="recreate-rolling",
    ),
    pytest.param(
        created(strategy={"type": "Blue"}),
        [
            'spec.strategy: Unsupported value: {"type":"Blue"}: supported values: "Recreate", "RollingUpdate"'
        ],
        id="unknown-strategy",
    ),
    pytest.param(
        created(strategy={"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 0}}),
        ["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
        id="no-way-to-roll",
    ),
    pytest.param(
        created(strategy={"rollingUpdate": {"maxUnavailable": "120%", "maxSurge": "x"}}),
        [
            'spec.strategy.rollingUpdate.maxSurge: Invalid value: "x": a valid percent string must be a numeric string '
            "followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
            'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "120%": must not be greater than 100%',
        ],
        id="percentages",
    ),
    pytest.param(
        created(minReadySeconds=600),
        ["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"], id="deadline",
    ),
    pytest.param(
        created(template={"spec": {**PODS["spec"], "restartPolicy": "Never"}}),
        ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'], id="policy",
    ),
])
def test_refused(obj, expected):
    assert texts(KIND.validate(obj)) == expected


def test_selector_is_immutable():
    new = created(selector={"matchLabels": {"app": "b"}})
    assert texts(KIND.validate_update(new, created())) == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable'
    ]


@pytest.mark.parametrize(("annotations", "generation"), [
    pytest.param({"a": "b"}, 4, id="changed"),
    pytest.param({}, 3, id="unchanged"),
])
def test_annotations_count_as_generations(annotations, generation):
    old = created()
    old["metadata"]["generation"] = 3
    new = copy.deepcopy(old)
    new["metadata"]["annotations"] = annotations
    new["status"] = {"replicas": 9}
    KIND.prepare_update(new, old)
    assert new["metadata"]["generation"] == generation
    assert new["status"] == {}


def test_status():
    good = {"replicas": 3, "updatedReplicas": 3, "readyReplicas": 2, "availableReplicas": 1}
    assert KIND.validate_status({"status": good}, {}) == []
    bad = {"replicas": 1, "updatedReplicas": 2, "availableReplicas": 1, "collisionCount": 1, "observedGeneration": -1}
    assert texts(KIND.validate_status({"status": bad}, {"status": {"collisionCount": 2}})) == [
        "status.observedGeneration: Invalid value: -1: must be greater than or equal to 0",
        "status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas",
        "status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas",
        "status.collisionCount: Invalid value: 1: cannot be decremented",
    ]


def test_row():
    obj = created(replicas=3)
    obj["status"] = {"readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 1}
    assert [column.name for column in KIND.columns] == [
        "Name", "Ready", "Up-to-date", "Available", "Age", "Containers", "Images", "Selector",
    ]
    assert list(KIND.row(obj, 1767225600 + 90)) == ["web", "2/3", 3, 1, "90s", "c", "i", "app=web"]


def test_warnings():
    obj = created()
    obj["metadata"]["name"] = "a.b"
    assert KIND.warnings(obj) == [
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label "
        "is "
        "recommended: [must not contain dots]"
    ]
