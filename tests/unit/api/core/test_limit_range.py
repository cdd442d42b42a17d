"""LimitRange."""

import pytest

from kubewheel.api.core.limit_range import KIND


def created(*limits):
    obj = {"metadata": {"name": "l"}, "spec": {"limits": [dict(item) for item in limits]}}
    KIND.default(obj)
    return obj


def test_defaults_of_containers():
    bounds = {"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "0.5", "memory": "1Gi"}}
    [item] = created(bounds)["spec"]["limits"]
    assert item["default"] == {"cpu": "2"}
    assert item["defaultRequest"] == {"cpu": "2", "memory": "1Gi"}
    [item] = created({"type": "Pod", "max": {"cpu": "2"}})["spec"]["limits"]
    assert "default" not in item


P = "spec.limits[0]"


@pytest.mark.parametrize(("item", "expected"), [
    pytest.param({"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1"}}, [], id="fine"),
    pytest.param(
        {"type": "x"}, [f'{P}.type: Invalid value: "x": must be a standard limit type or fully qualified'], id="type",
    ),
    pytest.param(
        {"type": "Pod", "default": {"cpu": "1"}},
        [f"{P}.default: Forbidden: may not be specified when `type` is 'Pod'"],
        id="default-of-pods",
    ),
    pytest.param(
        {"type": "Pod", "min": {"cpu": "2"}, "max": {"cpu": "1"}},
        [f'{P}.min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'], id="min-above-max",
    ),
    pytest.param(
        {"type": "Container", "default": {"cpu": "2"}, "max": {"cpu": "1"}},
        [
            f'{P}.defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than max value 1',
            f'{P}.default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
        ],
        id="default-above-max",
    ),
    pytest.param(
        {"type": "Pod", "maxLimitRequestRatio": {"cpu": "0.5"}},
        [f'{P}.maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'], id="ratio",
    ),
    pytest.param(
        {"type": "Pod", "maxLimitRequestRatio": {"cpu": "3"}, "min": {"cpu": "1"}, "max": {"cpu": "2"}},
        [
            f'{P}.maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000'
        ],
        id="ratio-beyond-bounds",
    ),
    pytest.param(
        {"type": "PersistentVolumeClaim"},
        [
            f"{P}.limits: Required value: either minimum or maximum storage value is required, but neither was provided"
        ],
        id="claims",
    ),
    pytest.param(
        {"type": "Container", "max": {"storage": "1Gi"}},
        [
            f'{P}.{field}[storage]: Invalid value: "storage": must be a standard resource for containers'
            for field in ("max", "default", "defaultRequest")
        ],
        id="resource",
    ),
    pytest.param(
        {"type": "Container", "default": {"example.com/gpu": "2"}, "defaultRequest": {"example.com/gpu": "1"}},
        [
            f'{P}.defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest '
            "value 1 in example.com/gpu"
        ],
        id="device",
    ),
])
def test_items(item, expected):
    assert [str(fault) for fault in KIND.validate(created(item))] == expected


def test_one_of_each_type():
    item = {"type": "Pod", "max": {"cpu": "1"}}
    assert [str(fault) for fault in KIND.validate(created(item, item))] == [
        'spec.limits[1].type: Duplicate value: "Pod"'
    ]
