"""DeviceClass."""

from kubewheel.api.resource.device_class import KIND


def test_validate():
    made = {"metadata": {"name": "d"}, "spec": {"selectors": [{"cel": {"expression": "true"}}]}}
    assert KIND.validate(made) == []
    assert list(KIND.row(made, 0)) == ["d", "<unknown>"]
    spec = {"selectors": [{}], "config": [{}], "extendedResourceName": "a b"}
    assert [fault.field for fault in KIND.validate({"spec": spec})] == [
        "spec.selectors[0].cel", "spec.config[0].opaque", "spec.extendedResourceName",
    ]
