"""Owner references."""

from kubewheel.api import ownership

OWNER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web", "uid": "u1"}}


def test_reference_and_back():
    plain = ownership.reference_to(OWNER, controller=False)
    assert plain == {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u1"}
    reference = ownership.reference_to(OWNER)
    assert reference == plain | {"controller": True, "blockOwnerDeletion": True}
    pod = {"metadata": {"ownerReferences": [{"uid": "other"}, reference]}}
    assert ownership.controller_of(pod) == reference
    assert ownership.is_controlled_by(pod, OWNER)
    assert not ownership.is_controlled_by(pod, {"metadata": {"uid": "u2"}})


def test_nobody():
    assert ownership.controller_of({"metadata": {}}) is None
    assert not ownership.is_controlled_by({"metadata": {"ownerReferences": [{"uid": "u1"}]}}, OWNER)
