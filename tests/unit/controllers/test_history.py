"""Revisions of pod templates."""

from typing import Any

import pytest

from kubewheel.controllers import history


def owner(image: str = "a", limit: int | None = 2) -> Any:
    return {
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "db", "namespace": "default", "uid": "u", "annotations": {"note": "x"}},
        "spec": {"revisionHistoryLimit": limit, "template": {"metadata": {"labels": {"app": "db"}}, "spec": {
            "containers": [{"image": image}]}}},
    }


def revision(number: int, image: str = "a") -> Any:
    found = history.new_revision(owner(image), number, "hash", 0)
    return {**found, "metadata": {**found["metadata"], "name": f"r{number}", "uid": f"r{number}"}}


def test_a_revision_keeps_the_template() -> None:
    found = history.new_revision(owner(), 3, "hash", 0)
    suffix = found["metadata"]["labels"]["hash"]
    assert found["metadata"]["name"] == f"db-{suffix}"
    assert found["metadata"]["labels"]["app"] == "db"
    assert found["metadata"]["annotations"] == {"note": "x"}
    assert found["data"]["spec"]["template"]["$patch"] == "replace"
    assert history.template_of(found) == owner()["spec"]["template"]
    assert history.number(found) == 3
    assert history.new_revision(owner(), 3, "hash", 1)["metadata"]["name"] != found["metadata"]["name"]


def test_the_newest_equal_one_is_found() -> None:
    revisions = history.by_number([revision(3), revision(1), revision(2, "b")])
    assert [history.number(each) for each in revisions] == [1, 2, 3]
    found = history.find_equal(owner(), revisions)
    assert found is not None
    assert history.number(found) == 3
    assert history.find_equal(owner("c"), revisions) is None


@pytest.mark.parametrize(("limit", "live", "gone"), [
    pytest.param(2, {"r5"}, ["r1", "r2"], id="oldest"),
    pytest.param(2, {"r1", "r5"}, ["r2"], id="those-in-use-stay"),
    pytest.param(0, set(), ["r1", "r2", "r3", "r4", "r5"], id="none-kept"),
    pytest.param(9, set(), [], id="few"),
    pytest.param(-1, set(), [], id="all-kept"),
])
def test_truncation(limit: int, live: set[str], gone: list[str]) -> None:
    revisions = [revision(number) for number in range(1, 6)]
    found = history.plan_truncation(owner(limit=limit), revisions, live)
    assert [each["metadata"]["name"] for each in found] == gone
