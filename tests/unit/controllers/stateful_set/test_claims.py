"""Who takes claims along."""

from typing import Any

import pytest

from kubewheel.controllers.stateful_set import claims

POD: Any = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db-1", "uid": "pod"}}
OTHER = {"uid": "other", "kind": "Other", "name": "x"}


def owner(deleted: str, scaled: str) -> Any:
    return {
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "uid": "set"},
        "spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": deleted, "whenScaled": scaled}},
    }


@pytest.mark.parametrize(("deleted", "scaled", "condemned", "expected"), [
    ("Retain", "Retain", True, None),
    ("Delete", "Retain", False, "set"),
    ("Delete", "Retain", True, "set"),
    ("Retain", "Delete", False, None),
    ("Retain", "Delete", True, "pod"),
    ("Delete", "Delete", False, "set"),
    ("Delete", "Delete", True, "pod"),
])
def test_owner(deleted: str, scaled: str, condemned: bool, expected: str | None) -> None:
    found = claims.plan_owner(owner(deleted, scaled), POD, is_condemned=condemned)
    assert (found["uid"] if found is not None else None) == expected


@pytest.mark.parametrize(("present", "wanted", "expected"), [
    pytest.param([], None, None, id="nothing-to-do"),
    pytest.param([OTHER], "set", ["other", "set"], id="added"),
    pytest.param([OTHER, {"uid": "set"}], "set", None, id="there"),
    pytest.param([{"uid": "set"}], "pod", ["pod"], id="changed"),
    pytest.param([{"uid": "set"}, OTHER], None, ["other"], id="removed"),
    pytest.param([{**OTHER, "controller": True}], "set", None, id="somebody-elses"),
])
def test_with_owner(present: list[Any], wanted: str | None, expected: list[str] | None) -> None:
    claim = {"metadata": {"name": "c", "ownerReferences": present}}
    found = claims.with_owner(claim, owner("Retain", "Retain"), POD, {"uid": wanted} if wanted else None)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert [each["uid"] for each in found["metadata"]["ownerReferences"]] == expected


def test_stale_claims() -> None:
    reference = {"kind": "Pod", "name": "db-1", "uid": "old"}
    assert claims.is_stale({"metadata": {"ownerReferences": [reference]}}, "db-1")
    assert claims.is_stale({"metadata": {"deletionTimestamp": "x"}}, "db-1")
    assert not claims.is_stale({"metadata": {"ownerReferences": [reference]}}, "db-2")
