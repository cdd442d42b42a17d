"""The spec of a Job."""

import pytest

from kubewheel.api.batch import job_spec
from kubewheel.api.defaults.pod_template import default_pod_template


def spec(**fields):
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    default_pod_template(template)
    return {"template": template, **fields}


INDEXED = {"completionMode": "Indexed", "completions": 3, "parallelism": 1}
MANY = {"completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001, "backoffLimitPerIndex": 1}


@pytest.mark.parametrize(("fields", "expected"), [
    pytest.param({}, [], id="nothing"),
    pytest.param(INDEXED, [], id="indexed"),
    pytest.param(
        {"parallelism": -1, "ttlSecondsAfterFinished": -1},
        [
            "s.parallelism: Invalid value: -1: must be greater than or equal to 0",
            "s.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0",
        ],
        id="negative",
    ),
    pytest.param(
        {"maxFailedIndexes": 1},
        [
            "s.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
            "s.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
        ],
        id="not-indexed",
    ),
    pytest.param(
        {"completionMode": "Indexed"},
        ["s.completions: Required value: when completion mode is Indexed"], id="no-completions",
    ),
    pytest.param(
        {"completionMode": "Random"},
        ['s.completionMode: Unsupported value: "Random": supported values: "NonIndexed", "Indexed"'], id="mode",
    ),
    pytest.param(
        {**INDEXED, "parallelism": 100_001},
        [
            "s.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed"
        ],
        id="parallelism",
    ),
    pytest.param(
        {**INDEXED, "maxFailedIndexes": 4, "backoffLimitPerIndex": 0},
        ["s.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions"], id="failed-indexes",
    ),
    pytest.param(
        MANY,
        [
            "s.maxFailedIndexes: Required value: must be specified when completions is above 100000",
            "s.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above "
            "100000 "
            "and used with backoff limit per index",
        ],
        id="many",
    ),
    pytest.param(
        {"managedBy": "me"},
        ['s.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'], id="manager",
    ),
    pytest.param(
        {"managedBy": f"example.com/{'x' * 60}"}, ["s.managedBy: Too long: may not be more than 63 bytes"],
        id="long-manager",
    ),
])
def test_validate(fields, expected):
    assert [str(fault) for fault in job_spec.validate(spec(**fields), "s")] == expected


def test_failure_policy_needs_pods_that_never_restart():
    found = spec(podFailurePolicy={"rules": []})
    found["template"]["spec"]["restartPolicy"] = "OnFailure"
    assert [str(fault) for fault in job_spec.validate(found, "s")] == [
        's.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is '
        "specified"
    ]


def test_warnings():
    fields = {**MANY, "backoffLimitPerIndex": None}
    assert len(job_spec.warnings(spec(**fields), "spec")) == 1
    assert job_spec.warnings(spec(**INDEXED), "spec") == []
