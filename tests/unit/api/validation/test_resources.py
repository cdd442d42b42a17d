"""Amounts of resources."""

import pytest

from kubewheel.api.validation import resource_names, resources


@pytest.mark.parametrize(("needs", "expected"), [
    pytest.param({}, [], id="nothing"),
    pytest.param({"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}, [], id="equal"),
    pytest.param(
        {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
        ['p.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'], id="above-limit",
    ),
    pytest.param(
        {"requests": {"memory": "-1Gi"}},
        ['p.requests[memory]: Invalid value: "-1Gi": must be greater than or equal to 0'], id="negative",
    ),
    pytest.param(
        {"limits": {"example.com/gpu": "500m"}},
        ['p.limits[example.com/gpu]: Invalid value: "500m": must be an integer'],
        id="half-a-device",
    ),
    pytest.param(
        {"requests": {"example.com/gpu": "1"}},
        ["p.limits: Required value: Limit must be set for non overcommitable resources"], id="device-without-limit",
    ),
    pytest.param(
        {"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "2"}},
        ['p.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2'], id="device-other-limit",
    ),
    pytest.param(
        {"limits": {"hugepages-2Mi": "4Mi"}}, ["p: Forbidden: HugePages require cpu or memory"], id="only-huge-pages",
    ),
    pytest.param(
        {"limits": {"hugepages-2Mi": "3Mi", "cpu": "1"}},
        [
            'p.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi'
        ],
        id="broken-huge-page",
    ),
    pytest.param(
        {"claims": [{"name": "b"}]},
        ['p.claims[0]: Not found: "b": must be one of the names in pod.spec.resourceClaims: a'], id="unknown-claim",
    ),
    pytest.param(
        {"claims": [{"name": "a", "request": "x"}, {"name": "a"}]}, ['p.claims[1]: Duplicate value: "a"'],
        id="claim-and-part-of-it",
    ),
    pytest.param({"claims": [{}]}, ["p.claims[0]: Required value"], id="claim-without-name"),
])
def test_requirements(needs, expected):
    assert [str(fault) for fault in resources.validate_requirements(needs, "p", claims=["a"])] == expected


def test_no_claims_at_all():
    [fault] = resources.validate_requirements({"claims": [{"name": "b"}]}, "p")
    assert fault.detail == "must be one of the names in pod.spec.resourceClaims which is empty"


@pytest.mark.parametrize(("needs", "expected"), [
    pytest.param({"requests": {"cpu": "3"}}, [], id="enough"),
    pytest.param(
        {"requests": {"cpu": "1"}},
        [
            'p.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2'
        ],
        id="less-than-containers",
    ),
    pytest.param(
        {"requests": {"cpu": "2", "ephemeral-storage": "1Gi"}},
        [
            'p.requests[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", '
            '"hugepages-", "memory"'
        ],
        id="unsupported",
    ),
    pytest.param(
        {"requests": {"cpu": "2"}, "limits": {"cpu": "2500m"}},
        ['p.containers[0][cpu].limits: Invalid value: "3": must be less than or equal to pod limits of 2500m'],
        id="container-above-pod",
    ),
    pytest.param(
        {"requests": {"cpu": "2"}, "claims": []},
        ["p.claims: Forbidden: claims cannot be set for Resources at pod-level"], id="claims",
    ),
])
def test_pod_requirements(needs, expected):
    spec = {
        "resources": needs,
        "containers": [{"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "3"}}}],
        "initContainers": [{"restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}}],
    }
    assert [str(fault) for fault in resources.validate_pod_requirements(spec, "p")] == expected


def test_single_amounts():
    assert str(resources.validate_positive("0", "p")[0]) == 'p: Invalid value: "0": must be greater than zero'
    assert resources.validate_positive("1m", "p") == resources.validate_basic("1", "p") == []
    assert str(resources.validate_basic("-1", "p")[0]) == "p: Invalid value: -1: must be a valid resource quantity"
    found = resources.validate_amounts({"pods": "1.5"}, "p", resource_names.validate_quota_name)
    assert [str(fault) for fault in found] == ['p[pods]: Invalid value: "1500m": must be an integer']
    assert resources.validate_amounts(None, "p", resource_names.validate_quota_name) == []
