"""DaemonSet."""

import copy

import pytest

from kubewheel.api.apps.daemon_set import KIND, TEMPLATE_GENERATION


def created(**spec):
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    obj = {"metadata": {"name": "ds"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template, **spec}}
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def test_defaults():
    obj = created()
    assert obj["spec"]["updateStrategy"] == {
        "type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0},
    }
    assert obj["spec"]["revisionHistoryLimit"] == 10
    assert obj["metadata"]["annotations"] == {TEMPLATE_GENERATION: "1"}
    assert set(obj["status"].values()) == {0}
    assert KIND.validate(obj) == []


@pytest.mark.parametrize(("rolling", "expected"), [
    pytest.param({"maxUnavailable": 0, "maxSurge": 1}, [], id="surge"),
    pytest.param(
        {"maxUnavailable": 0, "maxSurge": 0},
        ["spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"], id="none",
    ),
    pytest.param(
        {"maxUnavailable": 1, "maxSurge": "10%"},
        [
            'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "10%": may not be set when maxUnavailable is '
            "non-zero"
        ],
        id="both",
    ),
])
def test_rolling_update(rolling, expected):
    obj = created(updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    assert [str(fault) for fault in KIND.validate(obj)] == expected


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param(
        {"updateStrategy": {"type": "Never"}},
        ['spec.updateStrategy: Unsupported value: {"type":"Never"}: supported values: "RollingUpdate", "OnDelete"'],
        id="strategy",
    ),
    pytest.param(
        {"selector": {}}, ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"], id="selector",
    ),
])
def test_refused(spec, expected):
    assert [str(fault) for fault in KIND.validate(created(**spec))] == expected


@pytest.mark.parametrize(("image", "generation"), [
    pytest.param("i", "1", id="same"),
    pytest.param("other", "2", id="new-template"),
])
def test_templates_are_counted(image, generation):
    old = created()
    new = copy.deepcopy(old)
    new["metadata"]["annotations"][TEMPLATE_GENERATION] = "77"
    new["spec"]["template"]["spec"]["containers"][0]["image"] = image
    KIND.prepare_update(new, old)
    assert new["metadata"]["annotations"][TEMPLATE_GENERATION] == generation


def test_selector_is_immutable():
    assert [fault.field for fault in KIND.validate_update(created(selector={}), created())] == ["spec.selector"]


def test_status():
    found = KIND.validate_status({"status": {"numberReady": -1}}, {})
    assert [str(fault) for fault in found] == [
        "status.numberReady: Invalid value: -1: must be greater than or equal to 0"
    ]


def test_row():
    obj = created()
    obj["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "ssd"}
    obj["status"] = {
        "desiredNumberScheduled": 5, "currentNumberScheduled": 4, "numberReady": 3, "updatedNumberScheduled": 2,
        "numberAvailable": 1,
    }
    assert list(KIND.row(obj, 0)) == ["ds", 5, 4, 3, 2, 1, "disk=ssd", "<unknown>", "c", "i", "a=b"]
