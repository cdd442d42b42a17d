"""Which revision a Deployment asks for, and which ReplicaSet has it."""

import pytest

from kubewheel.controllers.deployment import revisions, rollback


def replica_set(revision):
    annotations = {revisions.REVISION: str(revision)} if revision else {}
    return {"metadata": {"name": f"web-{revision}", "annotations": annotations}}


SETS = [replica_set(3), replica_set(1), replica_set(2), replica_set(0)]


@pytest.mark.parametrize(("number", "sets", "name"), [
    (0, SETS, "web-2"), (1, SETS, "web-1"), (9, SETS, None), (0, SETS[:1], None), (0, [], None),
])
def test_find(number, sets, name):
    found = rollback.find(number, sets)
    assert (found and found["metadata"]["name"]) == name


@pytest.mark.parametrize(("text", "number"), [("2", 2), ("0", 0), ("x", None), ("", None)])
def test_wanted(text, number):
    assert rollback.wanted({"metadata": {"annotations": {rollback.WANTED: text}}}) == number
    assert rollback.wanted({"metadata": {}}) is None
