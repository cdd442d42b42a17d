"""APIService."""

import pytest

from kubewheel.api.apiregistration.api_service import KIND


def created(name="v1.example.com", **spec):
    made = {
        "metadata": {"name": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {
            "group": "example.com", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 10, **spec,
        },
    }
    KIND.prepare_create(made)
    KIND.default(made)
    return made


SERVICE = {"name": "s", "namespace": "n"}


@pytest.mark.parametrize(("made", "fields"), [
    pytest.param(created(), [], id="local"),
    pytest.param(created(service=dict(SERVICE)), [], id="service"),
    pytest.param(created("x"), ["metadata.name"], id="name"),
    pytest.param(created("v1.", group=""), [], id="core"),
    pytest.param(created("v2.", group="", version="v2"), ["spec.group"], id="second-core"),
    pytest.param(
        created(groupPriorityMinimum=0, versionPriority=1001), ["spec.groupPriorityMinimum", "spec.versionPriority"],
        id="priorities",
    ),
    pytest.param(
        created(caBundle="x", insecureSkipTLSVerify=True), ["spec.caBundle", "spec.insecureSkipTLSVerify"],
        id="local-with-trust",
    ),
    pytest.param(
        created(service={"port": 0}, caBundle="x", insecureSkipTLSVerify=True),
        ["spec.service.namespace", "spec.service.name", "spec.insecureSkipTLSVerify"], id="service-at-fault",
    ),
])
def test_validate(made, fields):
    assert [fault.field for fault in KIND.validate(made)] == fields


def test_name_says_what_is_wanted():
    [fault] = KIND.validate(created("x"))
    assert fault.detail == 'must be `spec.version+"."+spec.group`: "v1.example.com"'


def test_local_ones_are_available():
    [condition] = created()["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("Available", "True", "Local")
    assert created(service=dict(SERVICE))["status"] == {}


def test_row():
    assert list(KIND.row(created(), 1767225600))[:3] == ["v1.example.com", "Local", "True"]
    made = created(service=dict(SERVICE))
    assert list(KIND.row(made, 0))[1:3] == ["n/s", "Unknown"]
    made["status"]["conditions"] = [{"type": "Available", "status": "False", "reason": "MissingEndpoints"}]
    assert list(KIND.row(made, 0))[2] == "False (MissingEndpoints)"
