"""What a claim asks for."""

import pytest

from kubewheel.api.resource import requests


def spec(*listed, **devices):
    made = {"devices": {"requests": list(listed), **devices}}
    requests.default(made)
    return made


def exactly(name="gpu", **fields):
    return {"name": name, "exactly": {"deviceClassName": "gpu.example.com", **fields}}


def test_default():
    made = spec(exactly(), {"name": "any", "firstAvailable": [{"name": "a", "allocationMode": "All"}]})
    [one, other] = made["devices"]["requests"]
    assert (one["exactly"]["allocationMode"], one["exactly"]["count"]) == ("ExactCount", 1)
    assert other["firstAvailable"] == [{"name": "a", "allocationMode": "All"}]


@pytest.mark.parametrize(("made", "fields"), [
    pytest.param(spec(exactly()), [], id="good"),
    pytest.param(spec(exactly(), exactly()), ["s.devices.requests[1].name"], id="twice"),
    pytest.param(spec({"name": "a"}), ["s.devices.requests[0]"], id="nothing"),
    pytest.param(spec({**exactly(), "firstAvailable": [{}]}), ["s.devices.requests[0]"], id="both"),
    pytest.param(
        spec(exactly(deviceClassName="", count=-1)),
        ["s.devices.requests[0].exactly.deviceClassName", "s.devices.requests[0].exactly.count"], id="request",
    ),
    pytest.param(
        spec(exactly(allocationMode="Some")), ["s.devices.requests[0].exactly.allocationMode"], id="mode",
    ),
    pytest.param(
        spec(exactly(selectors=[{"cel": {"expression": "device.driver"}}])),
        ["s.devices.requests[0].exactly.selectors[0].cel.expression"], id="no-condition",
    ),
    pytest.param(
        spec(exactly(selectors=[{}])), ["s.devices.requests[0].exactly.selectors[0].cel"], id="selector",
    ),
    pytest.param(
        spec(exactly(), constraints=[{"requests": ["gpu", "other"]}]),
        ["s.devices.constraints[0].requests[1]", "s.devices.constraints[0].matchAttribute"], id="constraint",
    ),
    pytest.param(
        spec(exactly(), config=[{"opaque": {"driver": "a.b", "parameters": {}}}, {}]), ["s.devices.config[1].opaque"],
        id="configuration",
    ),
    pytest.param(
        spec(*[exactly(f"r{index}") for index in range(33)]), ["s.devices.requests"], id="many",
    ),
])
def test_validate(made, fields):
    assert [fault.field for fault in requests.validate(made, "s")] == fields


def test_subrequests_have_names():
    choice = {"name": "a", "deviceClassName": "x"}
    made = spec({"name": "any", "firstAvailable": [choice]}, constraints=[
        {"requests": ["any/a"], "matchAttribute": "x.y/z"},
    ])
    assert requests.validate(made, "s") == []
