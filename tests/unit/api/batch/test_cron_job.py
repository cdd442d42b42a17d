"""CronJob."""

import pytest

from kubewheel.api.batch.cron_job import KIND


def created(job=None, **spec):
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    obj = {
        "metadata": {"name": "nightly"},
        "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": template, **(job or {})}}, **spec},
    }
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def test_defaults():
    obj = created()
    spec = {name: value for name, value in obj["spec"].items() if name != "jobTemplate"}
    assert spec == {
        "schedule": "*/5 * * * *", "concurrencyPolicy": "Allow", "suspend": False, "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
    }
    assert KIND.validate(obj) == KIND.warnings(obj) == []


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"schedule": ""}, ["spec.schedule: Required value"], id="no-schedule"),
    pytest.param(
        {"schedule": "61 * * * *"},
        ['spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61'], id="schedule",
    ),
    pytest.param(
        {"schedule": "TZ=UTC * * * * *"},
        [
            'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone '
            'field '
            "instead"
        ],
        id="zone-in-schedule",
    ),
    pytest.param({"timeZone": "Europe/Berlin"}, [], id="zone"),
    pytest.param(
        {"timeZone": ""}, ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
        id="empty-zone",
    ),
    pytest.param(
        {"timeZone": "Mars/Olympus"}, ['spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus'],
        id="unknown-zone",
    ),
    pytest.param(
        {"timeZone": "../etc"}, ['spec.timeZone: Invalid value: "../etc": unknown time zone ../etc'], id="path",
    ),
    pytest.param(
        {"timeZone": "Local"},
        [
            'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in '
            "https://www.iana.org/time-zones"
        ],
        id="local",
    ),
    pytest.param(
        {"concurrencyPolicy": "Sometimes"},
        ['spec.concurrencyPolicy: Unsupported value: "Sometimes": supported values: "Allow", "Forbid", "Replace"'],
        id="concurrency",
    ),
    pytest.param(
        {"startingDeadlineSeconds": -1},
        ["spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0"], id="deadline",
    ),
    pytest.param(
        {"job": {"selector": {}, "manualSelector": True}},
        [
            "spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated",
            'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
        ],
        id="selector",
    ),
])
def test_refused(spec, expected):
    assert [str(fault) for fault in KIND.validate(created(**spec))] == expected


def test_name():
    assert KIND.validate_name("a" * 52) == []
    assert KIND.validate_name("a" * 53) == ["must be no more than 52 characters"]


def test_row():
    obj = created(suspend=True, timeZone="UTC")
    obj["status"] = {"active": [{}], "lastScheduleTime": "2026-01-01T00:00:00Z"}
    assert list(KIND.row(obj, 1767225660)) == [
        "nightly", "*/5 * * * *", "UTC", "True", 1, "60s", "<unknown>", "c", "i", "<none>",
    ]
    assert list(KIND.row(created(), 0))[2:6] == ["<none>", "False", 0, "<none>"]
