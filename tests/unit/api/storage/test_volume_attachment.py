"""VolumeAttachment."""

import pytest

from kubewheel.api.storage.volume_attachment import KIND


def created(**spec):
    made = {
        "metadata": {"name": "a"},
        "spec": {"attacher": "disk.example.com", "nodeName": "n", "source": {"persistentVolumeName": "pv"}, **spec},
    }
    KIND.prepare_create(made)
    return made


@pytest.mark.parametrize(("spec", "fields"), [
    pytest.param({}, [], id="good"),
    pytest.param({"attacher": "", "nodeName": ""}, ["spec.attacher", "spec.nodeName"], id="names"),
    pytest.param({"source": {}}, ["spec.source"], id="no-source"),
    pytest.param(
        {"source": {"persistentVolumeName": "a", "inlineVolumeSpec": {}}}, ["spec.source"], id="two-sources",
    ),
])
def test_validate(spec, fields):
    assert [fault.field for fault in KIND.validate(created(**spec))] == fields


def test_spec_is_immutable():
    assert [fault.field for fault in KIND.validate_update(created(nodeName="m"), created())] == ["spec"]


def test_status():
    assert created()["status"] == {"attached": False}
    error = {"message": "x" * 1025, "errorCode": -1}
    assert [fault.field for fault in KIND.validate_status({"status": {"attachError": error}}, {})] == [
        "status.attachError.message", "status.attachError.errorCode",
    ]


def test_row():
    assert list(KIND.row(created(), 0)) == ["a", "disk.example.com", "pv", "n", False, "<unknown>"]
