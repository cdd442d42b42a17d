"""Each kind × create, update and the four patches."""

import pytest

from tests.component.kinds.conftest import APPLY, JSON_PATCH, MERGE, STRATEGIC, Api, of_kinds, place
from tests.component.kinds.examples import NAMESPACE, Example

# An update of what does not exist creates it.
CREATED_BY_UPDATE = (
    "Endpoints", "Event", "LimitRange", "Service", "Lease", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding",
)
# An update names the version that it is based on.
BASED = (
    "Lease", "VolumeAttachment", "CSIDriver", "CSINode", "CSIStorageCapacity", "CustomResourceDefinition",
    "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "PodDisruptionBudget", "RuntimeClass", "IPAddress", "ServiceCIDR",
)


@of_kinds()
def test_create(api: Api, example: Example) -> None:
    wanted = example.make(labels={"a": "b"})
    made = api.expect(201, "POST", example.collection, wanted, fieldManager="tester", fieldValidation="Strict")
    metadata = made["metadata"]
    assert (made["apiVersion"], made["kind"]) == (example.resource.api_version, example.resource.kind)
    assert metadata["name"] == wanted["metadata"]["name"]
    assert metadata.get("namespace") == (NAMESPACE if example.resource.namespaced else None)
    assert metadata["labels"].items() >= {("a", "b")}
    assert metadata["uid"]
    assert metadata["creationTimestamp"].startswith("2027-01-01T00:00:00")
    assert {(each["manager"], each["operation"]) for each in metadata["managedFields"]} == {("tester", "Update")}
    stored = api.expect(200, "GET", place(example, made))
    assert {**stored, "status": {}, "metadata": metadata} == {**made, "status": {}}
    assert stored["metadata"]["uid"] == metadata["uid"]
    again = api.expect(409, "POST", example.collection, wanted)
    assert again["reason"] == "AlreadyExists"


@of_kinds(lambda example: not example.is_named_after_fields)
def test_generate_name(api: Api, example: Example) -> None:
    wanted = example.make()
    wanted["metadata"] = {"generateName": "e-"}
    first, second = (api.expect(201, "POST", example.collection, wanted)["metadata"]["name"] for _ in range(2))
    assert first != second
    assert first.startswith("e-")
    assert len(first) == len("e-") + 5


@of_kinds()
def test_create_refused(api: Api, example: Example) -> None:
    wanted = example.make()
    name = wanted["metadata"]["name"]
    api.expect(400, "POST", example.collection, wanted | {"kind": "Other"})
    api.expect(400, "POST", example.collection, wanted | {"apiVersion": "other.example.com/v1"})
    unknown = api.expect(400, "POST", example.collection, wanted | {"unknown": 1}, fieldValidation="Strict")
    assert 'unknown field "unknown"' in unknown["message"]
    wanted["metadata"] = {"name": "a/b"}
    refused = api.expect(422, "POST", example.collection, wanted)
    assert refused["reason"] == "Invalid"
    assert "metadata.name" in refused["message"]
    api.expect(404, "GET", f"{example.collection}/{name}")


@of_kinds()
def test_create_with_an_unknown_field_warns(api: Api, example: Example) -> None:
    answer = api.ask("POST", example.collection, example.make() | {"unknown": 1}, fieldValidation="Warn")
    assert answer.status == 201, answer.body
    assert 'unknown field \\"unknown\\"' in answer.headers["Warning"]
    assert "unknown" not in answer.body


@of_kinds()
def test_dry_runs_store_nothing(api: Api, example: Example) -> None:
    wanted = example.make()
    shown = api.expect(201, "POST", example.collection, wanted, dryRun="All")
    assert shown["metadata"]["uid"]
    api.expect(404, "GET", place(example, wanted))
    made = api.create(example)
    target = place(example, made)
    change = {"metadata": {"labels": {"a": "b"}}}
    assert api.expect(200, "PATCH", target, change, kind=MERGE, dryRun="All")["metadata"]["labels"]["a"] == "b"
    updated = made | {"metadata": made["metadata"] | {"annotations": {"a": "b"}}}
    assert api.expect(200, "PUT", target, updated, dryRun="All")["metadata"]["annotations"]["a"] == "b"
    assert api.expect(200, "DELETE", target, dryRun="All")
    assert api.expect(200, "GET", target) == made


@of_kinds()
def test_update(api: Api, example: Example) -> None:
    made = api.create(example)
    target = place(example, made)
    changed = made | {"metadata": made["metadata"] | {"annotations": {"a": "b"}}}
    updated = api.expect(200, "PUT", target, changed)
    assert updated["metadata"]["annotations"]["a"] == "b"
    assert int(updated["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
    assert updated["metadata"]["uid"] == made["metadata"]["uid"]
    assert api.expect(200, "GET", target) == updated
    assert api.expect(409, "PUT", target, changed)["reason"] == "Conflict"
    assert api.expect(200, "PUT", target, updated) == updated
    other = updated | {"metadata": updated["metadata"] | {"name": "other"}}
    assert api.expect(400, "PUT", target, other)["reason"] == "BadRequest"
    assert api.expect(409, "PUT", target, updated | {"metadata": updated["metadata"] | {"uid": "other"}})


@of_kinds()
def test_update_without_a_version(api: Api, example: Example) -> None:
    made = api.create(example)
    del made["metadata"]["resourceVersion"]
    code = 422 if example.resource.kind in BASED else 200
    api.expect(code, "PUT", place(example, made), made)


@of_kinds()
def test_update_of_what_is_not_there(api: Api, example: Example) -> None:
    wanted = example.make()
    code = 201 if example.resource.kind in CREATED_BY_UPDATE else 404
    api.expect(code, "PUT", place(example, wanted), wanted)
    assert api.ask("GET", place(example, wanted)).status == (200 if code == 201 else 404)


PATCHES = [
    pytest.param(MERGE, {"metadata": {"labels": {"a": "2", "c": "d"}}}, id="merge"),
    pytest.param(STRATEGIC, {"metadata": {"labels": {"a": "2", "c": "d"}}}, id="strategic"),
    pytest.param(JSON_PATCH, [
        {"op": "test", "path": "/metadata/labels/a", "value": "1"},
        {"op": "replace", "path": "/metadata/labels/a", "value": "2"},
        {"op": "add", "path": "/metadata/labels/c", "value": "d"},
    ], id="json"),
]


@pytest.mark.parametrize(("kind", "patch"), PATCHES)
@of_kinds()
def test_patch(api: Api, example: Example, kind: str, patch: object) -> None:
    made = api.create(example, labels={"a": "1"})
    patched = api.expect(200, "PATCH", place(example, made), patch, kind=kind, fieldManager="patcher")
    assert patched["metadata"]["labels"].items() >= {("a", "2"), ("c", "d")}
    assert int(patched["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
    assert "patcher" in {each["manager"] for each in patched["metadata"]["managedFields"]}
    assert api.expect(200, "GET", place(example, made)) == patched
    api.expect(404, "PATCH", f"{example.collection}/missing", patch, kind=kind)


@of_kinds()
def test_patch_refused(api: Api, example: Example) -> None:
    made = api.create(example)
    target = place(example, made)
    stale = {"metadata": {"resourceVersion": "1", "labels": {"a": "b"}}}
    assert api.expect(409, "PATCH", target, stale, kind=MERGE)["reason"] == "Conflict"
    api.expect(415, "PATCH", target, {}, kind="application/json")
    failed = [{"op": "test", "path": "/metadata/name", "value": "other"}]
    assert api.expect(422, "PATCH", target, failed, kind=JSON_PATCH)["reason"] == "Invalid"
    assert api.expect(200, "GET", target) == made


@of_kinds()
def test_apply(api: Api, example: Example) -> None:
    wanted = example.make(labels={"a": "b"})
    target = place(example, wanted)
    made = api.expect(201, "PATCH", target, wanted, kind=APPLY, fieldManager="applier")
    managers = {(each["manager"], each["operation"]) for each in made["metadata"]["managedFields"]}
    assert managers == {("applier", "Apply")}
    again = api.expect(200, "PATCH", target, wanted, kind=APPLY, fieldManager="applier")
    assert again["metadata"].get("generation") == made["metadata"].get("generation")
    wanted["metadata"]["labels"] = {"a": "c"}
    conflict = api.expect(409, "PATCH", target, wanted, kind=APPLY, fieldManager="other")
    assert ".metadata.labels.a" in [each["field"] for each in conflict["details"]["causes"]]
    forced = api.expect(200, "PATCH", target, wanted, kind=APPLY, fieldManager="other", force="true")
    assert forced["metadata"]["labels"]["a"] == "c"
    wanted["metadata"].pop("labels")
    left = api.expect(200, "PATCH", target, wanted, kind=APPLY, fieldManager="other")
    assert "a" not in left["metadata"].get("labels", {})
