"""Each kind that has them × its subresources, and kinds that only pass through."""

import pytest

from kubewheel.api.registry import Registry
from tests.component.kinds.conftest import APPLY, JSON_PATCH, MERGE, STRATEGIC, Api, of_kinds, place
from tests.component.kinds.examples import NAMESPACE, Example, path

SCALE = {"apiVersion": "autoscaling/v1", "kind": "Scale"}


def has(name: str):
    return of_kinds(lambda example: example.resource.subresource(name) is not None)


def holds(whole: object, part: object) -> bool:
    """Return whether all that `part` says is in `whole`."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(holds(whole.get(name), each) for name, each in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(holds(mine, each) for mine in whole) for each in part)
    return whole == part


def beside_status(found: dict) -> dict:
    skipped = ("managedFields", "resourceVersion")
    metadata = {name: value for name, value in found["metadata"].items() if name not in skipped}
    return {name: value for name, value in found.items() if name != "status"} | {"metadata": metadata}


@has("status")
def test_get_status(api: Api, example: Example) -> None:
    made = api.create(example)
    assert api.expect(200, "GET", f"{place(example, made)}/status") == api.expect(200, "GET", place(example, made))
    api.expect(404, "GET", f"{example.collection}/missing/status")


@pytest.mark.parametrize("kind", [MERGE, STRATEGIC], ids=["merge", "strategic"])
@has("status")
def test_patch_status(api: Api, example: Example, kind: str) -> None:
    assert example.status, "examples.yaml says what a status looks like"
    made = api.create(example)
    patch = {"status": example.status, "metadata": {"labels": {"ignored": "perhaps"}}, "spec": {"ignored": "surely"}}
    told = api.expect(200, "PATCH", f"{place(example, made)}/status", patch, kind=kind)
    assert holds(told["status"], example.status)
    assert told.get("spec") == made.get("spec")
    assert "status" in {each.get("subresource") for each in told["metadata"]["managedFields"]}
    found = api.expect(200, "GET", place(example, made))
    assert holds(found["status"], example.status)
    assert found.get("spec") == made.get("spec")


@has("status")
def test_update_status(api: Api, example: Example) -> None:
    made = api.create(example)
    wanted = made | {"status": made.get("status", {}) | example.status}
    told = api.expect(200, "PUT", f"{place(example, made)}/status", wanted)
    assert holds(told["status"], example.status)
    assert beside_status(told) == beside_status(made)
    assert api.expect(409, "PUT", f"{place(example, made)}/status", wanted)["reason"] == "Conflict"
    missing = example.make() | {"status": example.status}
    missing["metadata"]["resourceVersion"] = "1"
    api.expect(404, "PUT", f"{place(example, missing)}/status", missing)


@has("status")
def test_status_is_changed_through_its_own_path_only(api: Api, example: Example) -> None:
    made = api.expect(201, "POST", example.collection, example.make() | {"status": example.status})
    if example.resource.kind not in ("Node", "Namespace"):
        assert not holds(made.get("status", {}), example.status) or not example.status
    wanted = api.create(example)
    change = {"status": example.status, "metadata": {"labels": {"a": "b"}}}
    told = api.expect(200, "PATCH", place(example, wanted), change, kind=MERGE)
    assert told["metadata"]["labels"]["a"] == "b"
    assert told.get("status") == wanted.get("status")


@has("status")
def test_apply_status(api: Api, example: Example) -> None:
    made = api.create(example)
    wanted = {name: made[name] for name in ("apiVersion", "kind")} | {
        "metadata": {"name": made["metadata"]["name"]}, "status": example.status,
    }
    told = api.expect(
        200, "PATCH", f"{place(example, made)}/status", wanted, kind=APPLY, fieldManager="applier", force="true",
    )
    assert holds(told["status"], example.status)
    assert told.get("spec") == made.get("spec")


@has("scale")
def test_scale(api: Api, example: Example) -> None:
    made = api.create(example)
    target = f"{place(example, made)}/scale"
    found = api.expect(200, "GET", target)
    assert found.items() >= SCALE.items()
    assert found["metadata"]["uid"] == made["metadata"]["uid"]
    assert found["spec"].get("replicas", 0) == 0
    assert found["status"] == {"replicas": 0, "selector": "app=a"}
    told = api.expect(200, "PUT", target, found | {"spec": {"replicas": 2}})
    assert told["spec"] == {"replicas": 2}
    assert api.expect(409, "PUT", target, found | {"spec": {"replicas": 3}})["reason"] == "Conflict"
    assert api.expect(200, "PATCH", target, {"spec": {"replicas": 4}}, kind=MERGE)["spec"] == {"replicas": 4}
    step = [{"op": "replace", "path": "/spec/replicas", "value": 5}]
    assert api.expect(200, "PATCH", target, step, kind=JSON_PATCH)["spec"] == {"replicas": 5}
    wanted = SCALE | {"metadata": {"name": made["metadata"]["name"]}, "spec": {"replicas": 6}}
    applied = api.expect(200, "PATCH", target, wanted, kind=APPLY, fieldManager="applier", force="true")
    assert applied["spec"] == {"replicas": 6}
    assert api.expect(200, "GET", place(example, made))["spec"]["replicas"] == 6
    assert api.expect(422, "PATCH", target, {"spec": {"replicas": -1}}, kind=MERGE)["reason"] == "Invalid"
    api.expect(404, "GET", f"{example.collection}/missing/scale")


REVIEWED = {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": NAMESPACE}}
REVIEWS = [
    pytest.param("TokenReview.authentication.k8s.io", {"token": "x"}, {"authenticated": None}, id="token"),
    pytest.param("SelfSubjectReview.authentication.k8s.io", None, {"userInfo": {}}, id="self"),
    pytest.param("SubjectAccessReview.authorization.k8s.io", REVIEWED | {"user": "u"}, {"allowed": False}, id="access"),
    pytest.param("SelfSubjectAccessReview.authorization.k8s.io", REVIEWED, {"allowed": True}, id="own-access"),
    pytest.param("LocalSubjectAccessReview.authorization.k8s.io", REVIEWED | {"user": "u"}, {"allowed": False},
                 id="local-access"),
    pytest.param("SelfSubjectRulesReview.authorization.k8s.io", {"namespace": NAMESPACE}, {"incomplete": False},
                 id="rules"),
]


@pytest.mark.parametrize(("kind", "spec", "status"), REVIEWS)
def test_reviews(api: Api, kind: str, spec: dict | None, status: dict) -> None:
    resource = Registry.builtin().by_kind(kind)
    body = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {}}
    target = path(resource, NAMESPACE)
    told = api.expect(201, "POST", target, body | ({"spec": spec} if spec else {}))
    assert told["kind"] == resource.kind
    assert holds(told["status"], status)
    for method in ("GET", "DELETE", "PUT", "PATCH"):
        assert api.ask(method, target, body if method in ("PUT", "PATCH") else None, kind=MERGE).status == 405


def test_component_statuses_are_read_only(api: Api) -> None:
    found = api.expect(200, "GET", "/api/v1/componentstatuses")
    assert found["kind"] == "ComponentStatusList"
    for each in found["items"]:
        one = api.expect(200, "GET", f"/api/v1/componentstatuses/{each['metadata']['name']}")
        assert one["kind"] == "ComponentStatus"
    api.expect(405, "POST", "/api/v1/componentstatuses", {"metadata": {"name": "x"}})
