"""The table of built-in resources."""

import importlib.util
import pathlib
import re

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


PATH = re.compile(
    r"/(?:api|apis/([^/]+))/(v\d+)/(?:namespaces/{namespace}/)?([a-z]+)(?:/{name}(?:/([a-z]+))?)?(?:/{path})?"
)
ALPHA = {("storage.k8s.io", "v1", "csinodes", "status")}  # Upstream serves it with the gate CSIVolumeHealth only.


def test_all_that_the_official_client_knows_is_served(builtin):
    found = set()
    client = pathlib.Path(importlib.util.find_spec("kubernetes").submodule_search_locations[0])
    for file in (client / "client" / "api").glob("*_v[0-9]*_api.py"):
        if not re.search("alpha|beta", file.name):
            for path in set(re.findall(r"'(/apis?/[^']+)'", file.read_text())):
                match = PATH.fullmatch(path.replace("/watch/", "/"))
                if match is not None:
                    found.add((match[1] or "", match[2], match[3], match[4] or ""))
    ours = {(each.group, each.version, each.plural, "") for each in builtin if not each.retired} | {
        (each.group, each.version, each.plural, below.name)
        for each in builtin if not each.retired for below in each.subresources
    }
    assert found - ALPHA == ours


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
