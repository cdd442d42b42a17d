"""Job."""

import copy

import pytest

from kubewheel.api.batch.job import KIND, state

UID = "u-1"


def created(labels=None, pod=None, **spec):
    template = {
        "metadata": {"labels": labels or {}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}], **(pod or {})},
    }
    obj = {"metadata": {"name": "pi", "uid": UID}, "spec": {"template": template, **spec}}
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def texts(faults):
    return [str(fault) for fault in faults]


def test_defaults():
    obj = created()
    spec = {name: value for name, value in obj["spec"].items() if name != "template"}
    assert spec == {
        "backoffLimit": 6, "completionMode": "NonIndexed", "completions": 1, "manualSelector": False, "parallelism": 1,
        "podReplacementPolicy": "TerminatingOrFailed", "suspend": False,
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": UID}},
    }
    marks = {
        "batch.kubernetes.io/controller-uid": UID, "controller-uid": UID, "batch.kubernetes.io/job-name": "pi",
        "job-name": "pi",
    }
    assert obj["spec"]["template"]["metadata"]["labels"] == obj["metadata"]["labels"] == marks
    assert KIND.validate(obj) == KIND.warnings(obj) == []


def test_defaults_by_what_is_given():
    assert "completions" not in created(parallelism=3)["spec"]
    assert created(completionMode="Indexed", completions=2, backoffLimitPerIndex=1)["spec"]["backoffLimit"] == 2**31 - 1
    policy = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]}
    spec = created(podFailurePolicy=policy)["spec"]
    assert spec["podReplacementPolicy"] == "Failed"
    assert spec["podFailurePolicy"]["rules"][0]["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]


def test_manual_selector():
    selector = {"matchLabels": {"a": "b"}}
    obj = created(manualSelector=True, selector=selector, labels={"a": "b"})
    assert obj["spec"]["selector"] == selector
    assert KIND.validate(obj) == []


@pytest.mark.parametrize(("obj", "expected"), [
    pytest.param(
        created(labels={"controller-uid": "mine"}),
        [
            "spec.template.metadata.labels[controller-uid]: Invalid value: "
            '{"controller-uid":"mine","job-name":"pi","batch.kubernetes.io/job-name":"pi",'
            "\"batch.kubernetes.io/controller-uid\":\"u-1\"}: must be 'u-1'"
        ],
        id="own-mark",
    ),
    pytest.param(
        created(selector={"matchLabels": {"a": "b"}}),
        [
            'spec.selector: Invalid value: {"matchLabels":{"a":"b","batch.kubernetes.io/controller-uid":"u-1"}}: '
            "`selector` not auto-generated",
            "spec.template.metadata.labels: Invalid value: "
            '{"job-name":"pi","batch.kubernetes.io/job-name":"pi","controller-uid":"u-1",'
            '"batch.kubernetes.io/controller-uid":"u-1"}: `selector` does not match template `labels`',
        ],
        id="own-selector",
    ),
    pytest.param(
        created(manualSelector=True),
        [
            "spec.selector: Required value",
            "spec.template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`",
        ],
        id="manual-without",
    ),
    pytest.param(
        created(pod={"restartPolicy": "Always"}),
        ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'], id="always",
    ),
])
def test_refused(obj, expected):
    assert texts(KIND.validate(obj)) == expected


def test_names_of_indexed_pods():
    obj = created(completionMode="Indexed", completions=11)
    obj["metadata"]["name"] = "a" * 62
    found = [fault for fault in KIND.validate(obj) if fault.field == "metadata.name"]
    assert found[0].detail == f"will not able to create pod with invalid DNS label: {'a' * 62}-10"


@pytest.mark.parametrize(("change", "expected"), [
    pytest.param({"parallelism": 4}, [], id="parallelism"),
    pytest.param({"suspend": True}, [], id="suspend"),
    pytest.param({"completions": 2}, ["spec.completions: Invalid value: 2: field is immutable"], id="completions"),
    pytest.param({"selector": None}, ["spec.selector: Invalid value: null: field is immutable"], id="selector"),
    pytest.param(
        {"completionMode": "Indexed", "completions": 1},
        ['spec.completionMode: Invalid value: "Indexed": field is immutable'], id="mode",
    ),
])
def test_update(change, expected):
    old = created()
    new = copy.deepcopy(old)
    new["spec"].update(change)
    assert texts(KIND.validate_update(new, old)) == expected


def test_elastic_completions():
    old = created(completionMode="Indexed", completions=2, parallelism=2)
    new = copy.deepcopy(old)
    new["spec"].update(completions=3, parallelism=3)
    assert KIND.validate_update(new, old) == []
    new["spec"]["parallelism"] = 2
    assert texts(KIND.validate_update(new, old)) == [
        "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism"
    ]


@pytest.mark.parametrize(("suspend", "status", "allowed"), [
    pytest.param(True, {}, True, id="never-started"),
    pytest.param(True, {"startTime": "2026-01-01T00:00:00Z"}, False, id="started-once"),
    pytest.param(False, {}, False, id="running"),
])
def test_scheduling_of_suspended_jobs(suspend, status, allowed):
    old = {**created(suspend=suspend), "status": status}
    new = copy.deepcopy(old)
    new["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "ssd"}
    new["spec"]["template"]["spec"]["affinity"] = {"nodeAffinity": {}}
    new["spec"]["template"]["metadata"]["labels"]["x"] = "y"
    assert [fault.field for fault in KIND.validate_update(new, old)] == ([] if allowed else ["spec.template"])


def test_images_of_suspended_jobs_stay():
    old = created(suspend=True)
    new = copy.deepcopy(old)
    new["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "1"}}
    assert KIND.validate_update(new, old) == []
    new["spec"]["template"]["spec"]["containers"][0]["image"] = "other"
    assert [fault.field for fault in KIND.validate_update(new, old)] == ["spec.template"]


@pytest.mark.parametrize(("conditions", "metadata", "expected"), [
    pytest.param([], {}, "Running", id="running"),
    pytest.param(["Complete"], {"deletionTimestamp": "x"}, "Complete", id="complete"),
    pytest.param([], {"deletionTimestamp": "x"}, "Terminating", id="terminating"),
    pytest.param(["Suspended"], {}, "Suspended", id="suspended"),
    pytest.param(["FailureTarget"], {}, "FailureTarget", id="failing"),
    pytest.param(["FailureTarget", "Failed"], {}, "Failed", id="failed"),
])
def test_state(conditions, metadata, expected):
    listed = [{"type": kind, "status": "True"} for kind in conditions]
    assert state({"metadata": metadata, "status": {"conditions": listed}}) == expected


@pytest.mark.parametrize(("spec", "status", "completions", "duration"), [
    pytest.param({"completions": 3}, {"succeeded": 1}, "1/3", "", id="some"),
    pytest.param({"parallelism": 4}, {}, "0/1 of 4", "", id="work-queue"),
    pytest.param({"parallelism": 1}, {"succeeded": 1}, "1/1", "", id="one"),
    pytest.param(
        {"completions": 1}, {"startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:07Z"}, "0/1",
        "7s", id="done",
    ),
    pytest.param({"completions": 1}, {"startTime": "2026-01-01T00:00:00Z"}, "0/1", "30s", id="goes-on"),
])
def test_row(spec, status, completions, duration):
    obj = {**created(**spec), "status": status}
    assert list(KIND.row(obj, 1767225630))[:4] == ["pi", "Running", completions, duration]


def test_selectable():
    assert KIND.selectable["status.successful"]({"status": {"succeeded": 2}}) == "2"
    assert KIND.selectable["status.successful"]({}) == "0"
