"""Pods: what replicas share, and what they do not."""

from kubewheel.scheduler.pod import PodInfo, Templates
from tests.unit.scheduler.conftest import container, pod, raw


def test_replicas_share_a_template() -> None:
    templates = Templates()
    one, two = (PodInfo(raw(name, cpu="1", volumes=[{"name": f"token-{name}"}]), templates) for name in "ab")
    other = PodInfo(raw("c", cpu="2"), templates)
    assert one.template is two.template
    assert one.template is not other.template


def test_least_recently_used_template_goes() -> None:
    templates = Templates(limit=2)
    specs = [raw(cpu=cpu)["spec"] for cpu in "123"]
    first, second = templates.of(specs[0]), templates.of(specs[1])
    templates.of(specs[0])
    templates.of(specs[2])
    assert templates.of(specs[0]) is first
    assert templates.of(specs[1]) is not second


def test_claims_by_name_and_by_volume() -> None:
    found = pod("p", volumes=[
        {"name": "a", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "b", "ephemeral": {}},
        {"name": "c", "ephemeral": {"volumeClaimTemplate": {}}}, {"name": "d", "emptyDir": {}},
    ]).claims
    assert found == (("data", False), ("p-c", True))


def test_image_without_tag_means_latest() -> None:
    images = ["a", "reg:5000/b", "c:1", "d@sha256:0"]
    found = pod(containers=[container(image=image) for image in images]).template.images
    assert found == ("a:latest", "reg:5000/b:latest", "c:1", "d@sha256:0")


def test_only_the_controlling_owner_counts() -> None:
    owners = [{"kind": "Job", "name": "j"}, {"kind": "ReplicaSet", "name": "r", "controller": True}]
    assert pod(metadata={"ownerReferences": owners}).owner == ("ReplicaSet", "r")
    assert pod().owner == ("", "")
