"""Annotations that tell revisions, and which old ReplicaSets may go."""

from typing import Any

import pytest

from kubewheel.controllers.deployment import hashing, revisions

PREFIX = "deployment.kubernetes.io/"


def obj(replicas: int = 1, image: str = "a", annotations: dict[str, str] | None = None, **metadata: Any) -> Any:
    return {
        "metadata": {"name": "x", "annotations": annotations or {}, "generation": 1, **metadata},
        "spec": {
            "replicas": replicas,
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"image": image}]}},
        },
        "status": {"observedGeneration": 1, "replicas": replicas},
    }


def hashed(image: str, value: str = "abc") -> Any:
    found = obj(image=image)
    found["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = value
    return found


def test_new_is_the_one_with_the_same_template() -> None:
    same, other = hashed("a"), hashed("b")
    assert revisions.find_new(obj(image="a"), [other, same]) is same
    assert revisions.find_new(obj(image="c"), [other, same]) is None


def test_annotations_of_a_first_replicaset() -> None:
    deployment = obj(4, annotations={
        "kubernetes.io/change-cause": "why", f"{PREFIX}revision": "9",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    })
    assert revisions.annotations_of_new(deployment, None, 3) == {
        "kubernetes.io/change-cause": "why", f"{PREFIX}revision": "3", f"{PREFIX}desired-replicas": "4",
        f"{PREFIX}max-replicas": "5",
    }


def test_rollback_moves_the_revision_to_the_history() -> None:
    new = obj(annotations={f"{PREFIX}revision": "2", f"{PREFIX}revision-history": "1"})
    found = revisions.annotations_of_new(obj(), new, 5)
    assert found == {f"{PREFIX}revision": "5", f"{PREFIX}revision-history": "1,2"}


def test_revision_never_falls() -> None:
    new = obj(annotations={f"{PREFIX}revision": "7"})
    assert revisions.annotations_of_new(obj(), new, 3) == {f"{PREFIX}revision": "7"}


def test_history_is_bounded() -> None:
    long = ",".join(str(number) for number in range(1000, 1399))
    new = obj(annotations={f"{PREFIX}revision": "1400", f"{PREFIX}revision-history": long})
    history = revisions.annotations_of_new(obj(), new, 1401)[f"{PREFIX}revision-history"]
    assert len(history) <= revisions.HISTORY_LENGTH
    assert history.startswith("1000") or history.startswith("1001")
    assert history.endswith(",1400")


@pytest.mark.parametrize(("desired", "expected"), [("3", False), ("4", True), (None, False)])
def test_scaling_is_told_by_the_annotation(desired: str | None, expected: bool) -> None:
    annotations = {f"{PREFIX}desired-replicas": desired} if desired else {}
    assert revisions.is_scaling(obj(3), [obj(3, annotations=annotations)]) is expected


def test_cleanup_keeps_the_latest_and_the_occupied() -> None:
    deployment = obj()
    deployment["spec"]["revisionHistoryLimit"] = 1

    def old(revision: int, replicas: int = 0, **metadata: Any) -> Any:
        return obj(replicas, annotations={f"{PREFIX}revision": str(revision)}, **metadata)

    sets = [old(4), old(1), old(2, 1), old(3, generation=2), old(0, deletionTimestamp="x")]
    assert [revisions.revision(each) for each in revisions.plan_cleanup(deployment, sets)] == [1]
    deployment["spec"]["revisionHistoryLimit"] = None
    assert revisions.plan_cleanup(deployment, sets) == []


def test_hash_is_stable_safe_and_changes_with_collisions() -> None:
    template = obj()["spec"]["template"]
    first = hashing.template_hash(template)
    assert first == hashing.template_hash({"spec": template["spec"], "metadata": template["metadata"]})
    assert first != hashing.template_hash(template, 1)
