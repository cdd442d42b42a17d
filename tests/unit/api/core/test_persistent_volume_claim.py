"""PersistentVolumeClaim."""

import copy

import pytest

from kubewheel.api.core.persistent_volume_claim import CLASS_ANNOTATION, FROZEN, KIND

CLAIM = {"kind": "PersistentVolumeClaim", "name": "c"}


def created(size="1Gi", annotations=None, **spec):
    obj = {
        "metadata": {"name": "c", "annotations": annotations or {}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **copy.deepcopy(spec)},
    }
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def bound(obj, capacity="1Gi"):
    obj["status"] = {"phase": "Bound", "capacity": {"storage": capacity}, "accessModes": ["ReadWriteOnce"]}
    return obj


def update(new, old):
    return [str(fault) for fault in KIND.validate_update(new, old)]


def test_create():
    obj = created()
    assert obj["status"] == {"phase": "Pending"}
    assert obj["spec"]["volumeMode"] == "Filesystem"
    assert KIND.validate(obj) == KIND.warnings(obj) == []


def test_sources_in_both_forms():
    assert created(dataSource=CLAIM)["spec"]["dataSourceRef"] == CLAIM
    assert created(dataSourceRef=CLAIM)["spec"]["dataSource"] == CLAIM
    assert "dataSource" not in created(dataSourceRef={**CLAIM, "namespace": "n"})["spec"]
    assert "dataSource" not in created(dataSource={"apiGroup": "example.com", "kind": "X", "name": "x"})["spec"]


@pytest.mark.parametrize(("new", "old"), [
    pytest.param(created(), created(), id="nothing"),
    pytest.param(created(volumeName="v"), created(), id="bound-to-a-volume"),
    pytest.param(bound(created("2Gi")), bound(created()), id="grown"),
    pytest.param(created(storageClassName="fast"), created(), id="class-set"),
    pytest.param(
        created(storageClassName="fast"), created(annotations={CLASS_ANNOTATION: "fast"}), id="class-from-annotation",
    ),
    pytest.param(
        bound(created(volumeAttributesClassName="gold")), bound(created(volumeAttributesClassName="silver")),
        id="attributes-class",
    ),
    pytest.param(bound(created("3Gi"), "2Gi"), bound(created("5Gi"), "2Gi"), id="growth-taken-back"),
])
def test_allowed(new, old):
    assert update(new, old) == []


@pytest.mark.parametrize(("new", "old", "expected"), [
    pytest.param(
        created("2Gi"), created(),
        [
            f"spec: Forbidden: {FROZEN}- spec.resources.requests.storage: \"1Gi\"\n"
            "+ spec.resources.requests.storage: \"2Gi\""
        ],
        id="grown-unbound",
    ),
    pytest.param(
        bound(created("1Gi")), bound(created("2Gi")),
        ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"], id="shrunk",
    ),
    pytest.param(
        created(volumeName="w"), created(volumeName="v"),
        [f"spec: Forbidden: {FROZEN}- spec.volumeName: \"v\"\n+ spec.volumeName: \"w\""], id="other-volume",
    ),
    pytest.param(
        created(storageClassName="slow"), created(storageClassName="fast"),
        [
            f"spec: Forbidden: {FROZEN}- spec.storageClassName: \"fast\"\n+ spec.storageClassName: \"slow\""
        ],
        id="other-class",
    ),
    pytest.param(
        created(annotations={CLASS_ANNOTATION: "a"}), created(annotations={CLASS_ANNOTATION: "b"}),
        [f'metadata.annotations.{CLASS_ANNOTATION}: Invalid value: "a": field is immutable'], id="other-annotation",
    ),
])
def test_refused(new, old, expected):
    assert update(new, old) == expected


def test_status():
    obj = bound(created())
    obj["status"] |= {"allocatedResourceStatuses": {"cpu": "x"}, "allocatedResources": {"storage": "-1"}}
    assert [fault.field for fault in KIND.validate_status(obj, {})] == [
        "status.allocatedResourceStatus", "status.allocatedResourceStatus", "status.allocatedResources[storage]",
    ]


def test_warnings():
    [text] = KIND.warnings(created(annotations={CLASS_ANNOTATION: "a"}))
    assert text.endswith('deprecated since v1.8; use "storageClassName" attribute instead')


def test_row():
    assert KIND.row(created(), 0) == ("c", "Pending", "", "", "", "", "<unset>", "<unknown>", "Filesystem")
    obj = bound(created(volumeName="v", storageClassName="fast"))
    assert KIND.row(obj, 0) == ("c", "Bound", "v", "1Gi", "RWO", "fast", "<unset>", "<unknown>", "Filesystem")
