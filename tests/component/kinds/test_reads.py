"""Each kind × get, list and watch, in all forms that answers have."""

from tests.component.kinds.conftest import MERGE, Api, of_kinds, place, release
from tests.component.kinds.examples import NAMESPACE, Example, path

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


def names(found: dict) -> set[str]:
    return {each["metadata"]["name"] for each in found["items"]}


@of_kinds()
def test_what_is_not_there(api: Api, example: Example) -> None:
    missing = api.expect(404, "GET", f"{example.collection}/missing")
    assert missing["reason"] == "NotFound"
    assert missing["details"]["name"] == "missing"
    assert missing["details"]["kind"] == example.resource.plural
    assert missing["details"].get("group", "") == example.resource.group


@of_kinds()
def test_list(api: Api, example: Example) -> None:
    one, other = (api.create(example, labels={"list": word}) for word in ("one", "other"))
    both = {one["metadata"]["name"], other["metadata"]["name"]}
    found = api.expect(200, "GET", example.collection)
    assert (found["apiVersion"], found["kind"]) == (example.resource.api_version, f"{example.resource.kind}List")
    assert names(found) >= both
    assert int(found["metadata"]["resourceVersion"]) >= int(other["metadata"]["resourceVersion"])
    assert names(api.expect(200, "GET", path(example.resource))) >= both
    chosen = api.expect(200, "GET", example.collection, labelSelector="list=one")
    assert one["metadata"]["name"] in names(chosen)
    assert other["metadata"]["name"] not in names(chosen)
    named = api.expect(200, "GET", example.collection, fieldSelector=f"metadata.name={other['metadata']['name']}")
    assert names(named) == {other["metadata"]["name"]}


@of_kinds()
def test_list_refused(api: Api, example: Example) -> None:
    for query in ({"labelSelector": "a=(b"}, {"fieldSelector": "spec.unknown=1"}, {"continue": "nonsense"}):
        assert api.expect(400, "GET", example.collection, **query)["reason"] in ("BadRequest", "Expired")


@of_kinds()
def test_pages(api: Api, example: Example) -> None:
    made = {api.create(example)["metadata"]["name"] for _ in range(3)}
    first = api.expect(200, "GET", example.collection, limit=2)
    left = first["metadata"]["remainingItemCount"]
    assert len(first["items"]) == 2
    rest = api.expect(200, "GET", example.collection, **{"continue": first["metadata"]["continue"]})
    assert len(rest["items"]) == left
    assert "continue" not in rest["metadata"]
    assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    assert names(first) | names(rest) >= made


@of_kinds()
def test_watch(api: Api, example: Example) -> None:
    start = api.expect(200, "GET", example.collection, limit=1)["metadata"]["resourceVersion"]
    made = api.create(example, labels={"watch": "yes"})
    name = made["metadata"]["name"]
    api.expect(200, "PATCH", place(example, made), {"metadata": {"annotations": {"a": "b"}}}, kind=MERGE)
    api.expect(200, "DELETE", place(example, made))
    release(api, example, made)
    told, count = [], 3
    while not told or told[-1][0] != "DELETED":
        query = {"resourceVersion": start, "fieldSelector": f"metadata.name={name}"}
        told = api.watch(example.collection, count, **query)
        count += 1
    assert told[0][0] == "ADDED"
    assert {kind for kind, _ in told[1:-1]} == {"MODIFIED"}
    assert {each["metadata"]["name"] for _, each in told} == {name}
    assert {each["kind"] for _, each in told} == {example.resource.kind}
    versions = [int(each["metadata"]["resourceVersion"]) for _, each in told]
    assert versions == sorted(versions)


@of_kinds()
def test_table(api: Api, example: Example) -> None:
    made = api.create(example)
    one = api.expect(200, "GET", place(example, made), accept=TABLE)
    assert (one["kind"], one["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert one["columnDefinitions"][0]["format"] in ("name", "") or example.resource.kind == "Event"
    assert len(one["rows"]) == 1
    assert len(one["rows"][0]["cells"]) == len(one["columnDefinitions"])
    assert made["metadata"]["name"] in map(str, one["rows"][0]["cells"]) or example.resource.kind == "Event"
    assert one["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    whole = api.expect(200, "GET", example.collection, accept=TABLE, includeObject="Object")
    assert {row["object"]["kind"] for row in whole["rows"]} == {example.resource.kind}
    assert whole["columnDefinitions"] == one["columnDefinitions"]
    assert all(len(row["cells"]) == len(whole["columnDefinitions"]) for row in whole["rows"])
    bare = api.expect(200, "GET", example.collection, accept=TABLE, includeObject="None")
    assert not any(row.get("object") for row in bare["rows"])


@of_kinds()
def test_metadata_alone(api: Api, example: Example) -> None:
    made = api.create(example, labels={"a": "b"})
    found = api.expect(200, "GET", place(example, made), accept=PARTIAL)
    assert found.keys() == {"apiVersion", "kind", "metadata"}
    assert found["kind"] == "PartialObjectMetadata"
    assert found["metadata"] == api.expect(200, "GET", place(example, made))["metadata"]
    listed = api.expect(200, "GET", example.collection, accept=PARTIAL_LIST)
    assert listed["kind"] == "PartialObjectMetadataList"
    assert all(each.keys() <= {"apiVersion", "kind", "metadata"} for each in listed["items"])
    assert made["metadata"]["name"] in names(listed)
    api.expect(406, "GET", place(example, made), accept="application/json;as=Table;v=v9;g=meta.k8s.io")


@of_kinds(lambda example: example.resource.namespaced)
def test_namespaces_are_apart(api: Api, example: Example) -> None:
    made = api.create(example)
    other = path(example.resource, "default")
    api.expect(404, "GET", f"{other}/{made['metadata']['name']}")
    assert made["metadata"]["name"] not in names(api.expect(200, "GET", other))
    wrong = example.make(namespace="default")
    refused = api.expect(400, "POST", path(example.resource, NAMESPACE), wrong)
    assert "does not match the namespace" in refused["message"]
    assert api.expect(404, "POST", path(example.resource, "nowhere"), example.make())["reason"] == "NotFound"
    api.expect(405, "POST", path(example.resource), example.make())


@of_kinds()
def test_versions_of_a_list(api: Api, example: Example) -> None:
    made = api.create(example)
    version = made["metadata"]["resourceVersion"]
    for match in ("NotOlderThan", "Exact"):
        query = {"resourceVersion": version, "resourceVersionMatch": match}
        assert made["metadata"]["name"] in names(api.expect(200, "GET", example.collection, **query))
    api.expect(200, "DELETE", place(example, made))
    release(api, example, made)
    query = {"resourceVersion": version, "resourceVersionMatch": "Exact"}
    assert made["metadata"]["name"] in names(api.expect(200, "GET", example.collection, **query))
    assert made["metadata"]["name"] not in names(api.expect(200, "GET", example.collection))
