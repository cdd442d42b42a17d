"""Each kind × delete and deletecollection."""

from tests.component.kinds.conftest import MERGE, Api, of_kinds, place, release
from tests.component.kinds.examples import Example

# A delete answers with the object, even when it is gone.
SHOWN = (
    "Pod", "PersistentVolume", "PersistentVolumeClaim", "PodTemplate", "ResourceQuota", "ServiceAccount",
    "StorageClass", "VolumeAttachment", "CSINode", "CSIDriver", "RuntimeClass",
)
# Controllers finish their deletion; what ReplicationControllers and Jobs own is set free first.
HELD = ("Namespace", "CustomResourceDefinition", "ReplicationController", "Job")


@of_kinds()
def test_delete(api: Api, example: Example) -> None:
    made = api.create(example)
    target = place(example, made)
    answer = api.expect(200, "DELETE", target)
    if example.resource.kind in (*SHOWN, *HELD) or made["metadata"].get("finalizers"):
        assert (answer["kind"], answer["metadata"]["uid"]) == (example.resource.kind, made["metadata"]["uid"])
    else:
        assert (answer["kind"], answer["status"], answer["details"]["uid"]) == (
            "Status", "Success", made["metadata"]["uid"],
        )
    release(api, example, made)
    api.expect(404, "GET", target)
    assert api.expect(404, "DELETE", target)["reason"] == "NotFound"


@of_kinds()
def test_preconditions(api: Api, example: Example) -> None:
    made = api.create(example)
    target = place(example, made)
    for wrong in ({"uid": "other"}, {"resourceVersion": "1"}):
        assert api.expect(409, "DELETE", target, {"preconditions": wrong})["reason"] == "Conflict"
    assert "deletionTimestamp" not in api.expect(200, "GET", target)["metadata"]
    right = {name: made["metadata"][name] for name in ("uid", "resourceVersion")}
    api.expect(200, "DELETE", target, {"preconditions": right})
    release(api, example, made)
    api.expect(404, "GET", target)


@of_kinds()
def test_finalizers(api: Api, example: Example) -> None:
    made = api.create(example, finalizers=["example.com/hold"])
    target = place(example, made)
    held = api.expect(200, "DELETE", target)
    assert held["metadata"]["deletionTimestamp"]
    assert held["metadata"]["finalizers"][0] == "example.com/hold"
    more = {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}
    assert "finalizers" in api.expect(422, "PATCH", target, more, kind=MERGE)["message"]
    api.expect(200, "PATCH", target, {"metadata": {"finalizers": None}}, kind=MERGE)
    release(api, example, made)
    assert api.ask("GET", target).status == 404


@of_kinds()
def test_collection(api: Api, example: Example) -> None:
    made = [api.create(example, labels={"go": word}) for word in ("yes", "yes", "no")]
    if "deletecollection" not in example.resource.verbs:
        api.expect(405, "DELETE", example.collection, labelSelector="go=yes")
        return
    tried = api.expect(200, "DELETE", example.collection, labelSelector="go=yes", dryRun="All")
    assert tried["kind"] == f"{example.resource.kind}List"
    api.expect(200, "DELETE", example.collection, labelSelector="go=yes")
    for each in made[:2]:
        release(api, example, each)
    assert [api.ask("GET", place(example, each)).status for each in made] == [404, 404, 200]
