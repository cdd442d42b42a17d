"""What is written on containers, and read back."""

from kubewheel.kubelet import labels
from tests.unit.kubelet.build import UID, container, pod, sandbox


def test_round_trip() -> None:
    found = labels.annotations_of_container(pod(), container(terminationMessagePath="/t"), 4, "/file")
    assert labels.restart_count(found, 9) == 4
    assert found[labels.TERMINATION_PATH] == "/t"
    assert labels.of_container(pod(), "main")[labels.POD_UID] == UID
    assert labels.pod_uid(sandbox()) == UID


def test_foreign_annotations() -> None:
    assert labels.restart_count({}, 9) == 9
    assert labels.restart_count({labels.RESTART_COUNT: "x"}, 9) == 9


def test_hash_follows_name_and_image_only() -> None:
    assert labels.container_hash(container()) == labels.container_hash(container(env=[{"name": "A"}]))
    assert labels.container_hash(container()) != labels.container_hash(container(image="busybox:2"))
