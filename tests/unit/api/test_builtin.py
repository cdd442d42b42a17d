"""The table of built-in resources."""

import pytest

from kubewheel.api import builtin as table
from kubewheel.api.registry import Registry


@pytest.fixture(scope="module")
def builtin():
    return Registry.builtin()


def test_events_share_their_objects(builtin):
    events = builtin.lookup("events.k8s.io", "v1", "events")
    assert events.storage_key == builtin.lookup("", "v1", "events").storage_key == "events"
    assert events.storage_api_version == "v1"


def test_reviews_are_not_stored(builtin):
    assert not builtin.by_kind("TokenReview.authentication.k8s.io").is_stored
    assert builtin.by_kind("Pod").is_stored


def test_groups_stand_in_the_order_of_discovery(builtin):
    assert tuple(builtin.groups()) == table.GROUPS
    assert len(builtin) == 72


def test_rows_are_plausible(builtin):
    for resource in builtin:
        assert resource.plural == resource.plural.lower()
        assert resource.singular == resource.kind.lower()
        assert tuple(sorted(resource.verbs)) == resource.verbs
        names = [each.name for each in resource.subresources]
        assert names == sorted(set(names))


def test_short_names_are_unique(builtin):
    owners = {}
    for resource in builtin:
        for name in resource.short_names:
            # Versions of one kind, and both groups of Event, share theirs.
            assert owners.setdefault(name, resource.kind) == resource.kind


@pytest.mark.parametrize(("path", "namespaced", "subresources"), [
    (("", "v1", "namespaces"), False, ["finalize", "status"]),
    (("", "v1", "serviceaccounts"), True, ["token"]),
    (("apps", "v1", "deployments"), True, ["scale", "status"]),
    (("certificates.k8s.io", "v1", "certificatesigningrequests"), False, ["approval", "status"]),
    (("storage.k8s.io", "v1", "csistoragecapacities"), True, []),
])
def test_subresources(builtin, path, namespaced, subresources):
    resource = builtin.lookup(*path)
    assert resource.namespaced is namespaced
    assert [each.name for each in resource.subresources] == subresources


def test_namespaces_cannot_be_deleted_together(builtin):
    assert "deletecollection" not in builtin.by_kind("Namespace").verbs
