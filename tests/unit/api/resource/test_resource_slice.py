"""ResourceSlice."""

import pytest

from kubewheel.api.resource.resource_slice import KIND


def created(**spec):
    pool = {"name": "p", "generation": 1, "resourceSliceCount": 1}
    return {"metadata": {"name": "s"}, "spec": {"driver": "a.b", "pool": pool, "nodeName": "n", **spec}}


DEVICE = {"name": "d", "attributes": {"a.b/model": {"string": "x"}}}


@pytest.mark.parametrize(("spec", "fields"), [
    pytest.param({"devices": [DEVICE]}, [], id="good"),
    pytest.param(
        {"driver": "", "pool": {}}, ["spec.driver", "spec.pool.name", "spec.pool.resourceSliceCount"], id="pool",
    ),
    pytest.param({"nodeName": None}, ["spec"], id="nowhere"),
    pytest.param({"allNodes": True}, ["spec"], id="two-places"),
    pytest.param(
        {"devices": [DEVICE, DEVICE, {"name": "e", "attributes": {"x-y": {}}}]},
        ["spec.devices[1].name", "spec.devices[2].attributes[x-y]", "spec.devices[2].attributes[x-y]"], id="devices",
    ),
])
def test_validate(spec, fields):
    assert [fault.field for fault in KIND.validate(created(**spec))] == fields


def test_update():
    new = created(driver="c.d", nodeName="m", devices=[DEVICE])
    assert [fault.field for fault in KIND.validate_update(new, created())] == ["spec.driver", "spec.nodeName"]


def test_row():
    assert list(KIND.row(created(), 0)) == ["s", "n", "a.b", "p", "<unknown>"]
    assert KIND.selectable["spec.driver"](created()) == "a.b"
