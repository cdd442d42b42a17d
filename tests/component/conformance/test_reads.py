"""Lists, watches, discovery and versions."""

from typing import Any

import pytest

from kubewheel.testing import SyncCluster
from tests.component.conformance.conftest import connect
from tests.component.kinds.conftest import MERGE, Api
from tests.component.kinds.examples import NAMESPACE

conformance = pytest.mark.conformance
CONFIG_MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
TEMPLATES = f"/api/v1/namespaces/{NAMESPACE}/podtemplates"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def config_map(name: str, label: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {"watch": label}}, "data": {"n": "0"}}


def change(api: Api, name: str, **patch: Any) -> str:
    """Patch a ConfigMap; return its resourceVersion."""
    found = api.expect(200, "PATCH", f"{CONFIG_MAPS}/{name}", patch, kind=MERGE)
    return str(found["metadata"]["resourceVersion"])


def now(api: Api) -> str:
    return str(api.expect(200, "GET", CONFIG_MAPS, limit=1)["metadata"]["resourceVersion"])


def told(api: Api, count: int, start: str, label: str) -> list[tuple[str, str]]:
    found = api.watch(CONFIG_MAPS, count, resourceVersion=start, labelSelector=f"watch in ({label})")
    return [(kind, each["metadata"]["name"]) for kind, each in found]


@conformance("watch-configmaps-with-multiple-watchers")
def test_watchers_see_what_their_selector_fits(api: Api) -> None:
    start = now(api)
    for name, label in (("multi-a", "a"), ("multi-b", "b")):
        api.expect(201, "POST", CONFIG_MAPS, config_map(name, label))
        change(api, name, data={"n": "1"})
        change(api, name, data={"n": "2"})
        api.expect(200, "DELETE", f"{CONFIG_MAPS}/{name}")
    life = ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]
    assert told(api, 4, start, "a") == [(kind, "multi-a") for kind in life]
    assert told(api, 4, start, "b") == [(kind, "multi-b") for kind in life]
    both = told(api, 8, start, "a,b")
    assert both == told(api, 4, start, "a") + told(api, 4, start, "b")


@conformance("watch-configmaps-from-resource-version")
def test_a_watch_starts_where_it_is_told(api: Api) -> None:
    api.expect(201, "POST", CONFIG_MAPS, config_map("from", "from"))
    first = change(api, "from", data={"n": "1"})
    change(api, "from", data={"n": "2"})
    api.expect(200, "DELETE", f"{CONFIG_MAPS}/from")
    assert told(api, 2, first, "from") == [("MODIFIED", "from"), ("DELETED", "from")]


@conformance("watch-configmaps-closed-and-restarted")
def test_a_watch_goes_on_where_the_last_one_ended(api: Api) -> None:
    start = now(api)
    api.expect(201, "POST", CONFIG_MAPS, config_map("again", "again"))
    change(api, "again", data={"n": "1"})
    events = api.watch(CONFIG_MAPS, 2, resourceVersion=start, labelSelector="watch=again")
    last = events[-1][1]["metadata"]["resourceVersion"]
    change(api, "again", data={"n": "2"})
    api.expect(200, "DELETE", f"{CONFIG_MAPS}/again")
    assert told(api, 2, last, "again") == [("MODIFIED", "again"), ("DELETED", "again")]


@conformance("watch-configmaps-label-changed")
def test_leaving_the_selector_is_a_deletion(api: Api) -> None:
    start = now(api)
    api.expect(201, "POST", CONFIG_MAPS, config_map("label", "in"))
    change(api, "label", data={"n": "1"})
    change(api, "label", metadata={"labels": {"watch": "out"}})
    change(api, "label", data={"n": "2"})
    change(api, "label", metadata={"labels": {"watch": "in"}})
    change(api, "label", data={"n": "3"})
    api.expect(200, "DELETE", f"{CONFIG_MAPS}/label")
    kinds = [kind for kind, _ in told(api, 6, start, "in")]
    assert kinds == ["ADDED", "MODIFIED", "DELETED", "ADDED", "MODIFIED", "DELETED"]


@conformance("watch-consistency")
def test_all_watches_tell_in_one_order(api: Api) -> None:
    start = now(api)
    for number in range(20):
        api.expect(201, "POST", CONFIG_MAPS, config_map(f"order-{number}", "order"))
        change(api, f"order-{number // 2}", data={"n": str(number + 1)})
    events = api.watch(CONFIG_MAPS, 40, resourceVersion=start, labelSelector="watch=order")
    versions = [each["metadata"]["resourceVersion"] for _, each in events]
    assert versions == sorted(versions, key=int)
    for place in range(0, 39, 3):
        later = api.watch(CONFIG_MAPS, 39 - place, resourceVersion=versions[place], labelSelector="watch=order")
        assert [each["metadata"]["resourceVersion"] for _, each in later] == versions[place + 1:]


def fill(api: Api, count: int) -> None:
    for number in range(count):
        template = {"spec": {"containers": [{"name": "c", "image": "i"}]}}
        api.expect(201, "POST", TEMPLATES, {"metadata": {"name": f"t-{number:04}"}, "template": template})


@conformance("API Chunking, server should return chunks of results for list calls")
def test_pages(api: Api) -> None:
    api.expect(200, "DELETE", TEMPLATES)
    fill(api, 40)
    seen, query, versions = 0, {"limit": 7}, set()
    while True:
        page = api.expect(200, "GET", TEMPLATES, **query)
        assert len(page["items"]) <= 7
        names = [each["metadata"]["name"] for each in page["items"]]
        assert names == [f"t-{number:04}" for number in range(seen, seen + len(names))]
        seen += len(names)
        versions.add(page["metadata"]["resourceVersion"])
        if "continue" not in page["metadata"]:
            break
        assert page["metadata"]["remainingItemCount"] == 40 - seen
        query = {"limit": 7, "continue": page["metadata"]["continue"]}
    assert (seen, len(versions)) == (40, 1)
    assert len(api.expect(200, "GET", TEMPLATES)["items"]) == 40


@conformance("API Chunking, server should support continue listing from the last key even if the original version "
             "has been compacted away")
def test_pages_of_what_is_forgotten(kubewheel: SyncCluster) -> None:
    kubewheel.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    api = connect(kubewheel)
    fill(api, 40)
    page = api.expect(200, "GET", TEMPLATES, limit=10)
    kubewheel.compact()
    gone = api.expect(410, "GET", TEMPLATES, limit=10, **{"continue": page["metadata"]["continue"]})
    assert gone["reason"] == "Expired"
    rest = api.expect(200, "GET", TEMPLATES, limit=10, **{"continue": gone["metadata"]["continue"]})
    names = [each["metadata"]["name"] for each in rest["items"]]
    assert names == [f"t-{number:04}" for number in range(10, 20)]
    assert rest["metadata"]["remainingItemCount"] == 20
    assert int(rest["metadata"]["resourceVersion"]) >= int(page["metadata"]["resourceVersion"])
    last = api.expect(200, "GET", TEMPLATES, **{"continue": rest["metadata"]["continue"]})
    assert len(last["items"]) == 20
    assert last["metadata"]["resourceVersion"] == rest["metadata"]["resourceVersion"]
    api.close()


@conformance("API metadata HTTP return")
def test_no_table_of_a_review(api: Api) -> None:
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"nonResourceAttributes": {"path": "/", "verb": "get"}}}
    answer = api.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body, accept=TABLE)
    assert answer.status == 406
    assert answer.body["reason"] == "NotAcceptable"


@conformance("Discovery, confirm the PreferredVersion for each api group")
@conformance("Discovery, confirm the groupVerion and a resourcefrom each apiGroup")
def test_each_group_has_versions_and_resources(api: Api) -> None:
    groups = api.expect(200, "GET", "/apis")["groups"]
    assert len(groups) > 15
    for group in groups:
        versions = [each["version"] for each in group["versions"]]
        assert group["preferredVersion"]["version"] in versions
        alone = api.expect(200, "GET", f"/apis/{group['name']}")
        assert alone["preferredVersion"] == group["preferredVersion"]
        for each in group["versions"]:
            found = api.expect(200, "GET", f"/apis/{each['groupVersion']}")
            assert found["kind"] == "APIResourceList"
            assert found["groupVersion"] == each["groupVersion"] == f"{group['name']}/{each['version']}"
            assert found["resources"]


@conformance("Confirm a server version")
def test_the_version_is_a_number(api: Api) -> None:
    found = api.expect(200, "GET", "/version")
    assert (found["major"], found["minor"]) == ("1", "37")


BUILT_IN = {
    "/api": [("", "v1", "namespaces"), ("", "v1", "pods")],
    "/apis": [
        ("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations"),
        ("apiextensions.k8s.io", "v1", "customresourcedefinitions"), ("apps", "v1", "deployments"),
        ("apiregistration.k8s.io", "v1", "apiservices"), ("batch", "v1", "jobs"),
        ("autoscaling", "v2", "horizontalpodautoscalers"), ("rbac.authorization.k8s.io", "v1", "roles"),
    ],
}


def discovered(api: Api, root: str) -> set[tuple[str, str, str]]:
    answer = api.ask("GET", root, accept=f"{AGGREGATED},application/json")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == AGGREGATED
    assert (answer.body["kind"], answer.body["apiVersion"]) == ("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2")
    return {
        (group["metadata"].get("name", ""), version["version"], resource["resource"])
        for group in answer.body["items"] for version in group["versions"] for resource in version["resources"]
    }


@conformance("Aggregated Discovery Interface")
@conformance("Aggregated Discovery Endpoint Accept Headers")
@pytest.mark.parametrize("root", BUILT_IN)
def test_discovery_in_one_document(api: Api, root: str) -> None:
    assert discovered(api, root) >= set(BUILT_IN[root])
    plain = api.ask("GET", root)
    assert plain.body["kind"] == ("APIVersions" if root == "/api" else "APIGroupList")


@conformance("Aggregated Discovery Interface CRDs")
@conformance("Aggregated Discovery Endpoint Accept Headers CRDs")
def test_custom_kinds_are_discovered(api: Api) -> None:
    group = "discovery.example.com"
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    body = {"metadata": {"name": f"foos.{group}"}, "spec": {
        "group": group, "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"}, "versions": [version],
    }}
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    api.expect(201, "POST", definitions, body)
    for _ in range(1000):
        if (group, "v1", "foos") in discovered(api, "/apis"):
            break
    assert (group, "v1", "foos") in discovered(api, "/apis")
    api.expect(200, "DELETE", f"{definitions}/foos.{group}")
