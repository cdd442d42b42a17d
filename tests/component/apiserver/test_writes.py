"""create, update, patch: what is stored, what is refused, and in which words."""

from typing import Any

import pytest

from tests.component.apiserver.conftest import CONFIG_MAPS, PODS, Cluster, config_map, content, pod


async def test_create_fills_in_metadata(cluster: Cluster) -> None:
    made = await cluster.create(CONFIG_MAPS, config_map(a="b"))
    metadata = made["metadata"]
    assert metadata["namespace"] == "default"
    assert metadata["uid"]
    assert metadata["creationTimestamp"] == "2027-01-15T08:00:00Z"
    assert metadata["resourceVersion"] == str(cluster.server.backend.store.revision)
    assert await cluster.get(f"{CONFIG_MAPS}/cm") == made


async def test_create_twice(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    response = await cluster.ask("POST", CONFIG_MAPS, config_map())
    assert response.status == 409
    assert content(response)["message"] == 'configmaps "cm" already exists'
    assert content(response)["reason"] == "AlreadyExists"


async def test_generate_name(cluster: Cluster) -> None:
    body = {"metadata": {"generateName": "x-"}}
    names = {(await cluster.create(CONFIG_MAPS, body))["metadata"]["name"] for _ in range(20)}
    assert len(names) == 20
    assert all(len(name) == 7 and name.startswith("x-") for name in names)


async def test_dry_run_stores_nothing(cluster: Cluster) -> None:
    made = await cluster.create(CONFIG_MAPS, config_map(), dryRun="All")
    assert made["metadata"]["uid"]
    assert "resourceVersion" not in made["metadata"]
    assert (await cluster.ask("GET", f"{CONFIG_MAPS}/cm")).status == 404
    response = await cluster.ask("POST", CONFIG_MAPS, config_map(), dryRun="Some")
    assert response.status == 422


@pytest.mark.parametrize(("body", "status", "message"), [
    pytest.param(b"{", 400, "unexpected end of JSON input", id="no-json"),
    pytest.param({"apiVersion": "v1", "kind": "Secret", "metadata": {}}, 400, "cannot be handled", id="kind"),
    pytest.param(
        {"metadata": {"name": "x", "namespace": "other"}}, 400,
        "the namespace of the provided object does not match the namespace sent on the request", id="namespace",
    ),
    pytest.param({"metadata": {"name": "X y"}}, 422, "a lowercase RFC 1123 subdomain", id="name"),
    pytest.param({"metadata": {}}, 422, "name or generateName is required", id="no-name"),
    pytest.param(
        {"metadata": {"name": "x", "resourceVersion": "1"}}, 500,
        "resourceVersion should not be set on objects to be created", id="version",
    ),
])
async def test_create_refused(cluster: Cluster, body: object, status: int, message: str) -> None:
    response = await cluster.ask("POST", CONFIG_MAPS, body)
    assert response.status == status
    assert message in content(response)["message"]


async def test_field_validation(cluster: Cluster) -> None:
    body = {**config_map(), "dataz": {}}
    strict = await cluster.ask("POST", CONFIG_MAPS, body, fieldValidation="Strict")
    assert strict.status == 400
    assert 'strict decoding error: unknown field "dataz"' in content(strict)["message"]
    warned = await cluster.ask("POST", CONFIG_MAPS, body)
    assert warned.status == 201
    assert warned.headers["Warning"] == '299 - "unknown field \\"dataz\\""'
    assert "dataz" not in content(warned)


async def test_update_and_conflict(cluster: Cluster) -> None:
    made = await cluster.create(CONFIG_MAPS, config_map(a="1"))
    changed = {**made, "data": {"a": "2"}}
    first = await cluster.ask("PUT", f"{CONFIG_MAPS}/cm", changed)
    assert first.status == 200
    stale = await cluster.ask("PUT", f"{CONFIG_MAPS}/cm", {**made, "data": {"a": "3"}})
    assert stale.status == 409
    assert content(stale)["message"] == (
        'Operation cannot be fulfilled on configmaps "cm": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    unconditional = await cluster.ask("PUT", f"{CONFIG_MAPS}/cm", config_map(a="4"))
    assert content(unconditional)["data"] == {"a": "4"}
    assert content(unconditional)["metadata"]["uid"] == made["metadata"]["uid"]


async def test_update_without_change_writes_nothing(cluster: Cluster) -> None:
    made = await cluster.create(CONFIG_MAPS, config_map(a="1"))
    again = await cluster.ask("PUT", f"{CONFIG_MAPS}/cm", config_map(a="1"))
    assert content(again) == made


async def test_update_of_what_is_not_there(cluster: Cluster) -> None:
    assert (await cluster.ask("PUT", f"{CONFIG_MAPS}/cm", config_map())).status == 404
    lease = {"metadata": {"name": "l"}, "spec": {"holderIdentity": "x"}}
    path = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l"
    assert (await cluster.ask("PUT", path, lease)).status == 201
    response = await cluster.ask("PUT", path, lease)
    assert response.status == 422
    assert "metadata.resourceVersion: Invalid value: 0: must be specified for an update" in content(response)["message"]


@pytest.mark.parametrize(("name", "message"), [
    pytest.param("other", "the name of the object (other) does not match the name on the URL (cm)", id="other"),
    pytest.param(
        "", "the name of the object (cm based on URL) was undeterminable: name must be provided", id="none"
    ),
])
async def test_update_with_another_name(cluster: Cluster, name: str, message: str) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    response = await cluster.ask("PUT", f"{CONFIG_MAPS}/cm", config_map(name))
    assert response.status == 400
    assert content(response)["message"] == message


async def test_immutable_uid(cluster: Cluster) -> None:
    made = await cluster.create(CONFIG_MAPS, config_map())
    made["metadata"]["uid"] = "another"
    response = await cluster.ask("PUT", f"{CONFIG_MAPS}/cm", made)
    assert response.status == 409
    assert "Precondition failed: UID in precondition: another, UID in object meta: " in content(response)["message"]


@pytest.mark.parametrize(("kind", "body", "expected"), [
    pytest.param("merge-patch", {"data": {"a": None, "b": "2"}}, {"b": "2"}, id="merge"),
    pytest.param("strategic-merge-patch", {"data": {"b": "2"}}, {"a": "1", "b": "2"}, id="strategic"),
    pytest.param("json-patch", [{"op": "replace", "path": "/data/a", "value": "9"}], {"a": "9"}, id="json"),
])
async def test_patch(cluster: Cluster, kind: str, body: object, expected: object) -> None:
    await cluster.create(CONFIG_MAPS, config_map(a="1"))
    response = await cluster.patch(f"{CONFIG_MAPS}/cm", body, kind)
    assert response.status == 200
    assert content(response)["data"] == expected


async def test_patch_with_stale_version(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map(a="1"))
    response = await cluster.patch(f"{CONFIG_MAPS}/cm", {"metadata": {"resourceVersion": "1"}})
    assert response.status == 409


async def test_patch_of_unknown_kind(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    assert (await cluster.patch(f"{CONFIG_MAPS}/cm", {}, "other")).status == 415


async def test_patch_strict(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    response = await cluster.patch(f"{CONFIG_MAPS}/cm", {"dataz": {}}, fieldValidation="Strict")
    assert response.status == 422
    assert 'strict decoding error: unknown field "dataz"' in content(response)["message"]


async def test_generation_counts_changes_of_spec(cluster: Cluster) -> None:
    path = "/apis/apps/v1/namespaces/default/deployments"
    body = {
        "metadata": {"name": "d"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    }
    assert (await cluster.create(path, body))["metadata"]["generation"] == 1
    labelled = await cluster.patch(f"{path}/d", {"metadata": {"labels": {"x": "y"}}})
    assert content(labelled)["metadata"]["generation"] == 1
    scaled = await cluster.patch(f"{path}/d", {"spec": {"replicas": 3}})
    assert content(scaled)["metadata"]["generation"] == 2
    status = await cluster.patch(f"{path}/d/status", {"status": {"replicas": 3}, "spec": {"replicas": 9}})
    assert content(status)["status"]["replicas"] == 3
    assert content(status)["spec"]["replicas"] == 3
    assert content(status)["metadata"]["generation"] == 2


async def test_large_object(cluster: Cluster) -> None:
    response = await cluster.ask("POST", CONFIG_MAPS, config_map(a="x" * 1_600_000))
    assert response.status in (422, 500)  # Too long for its kind, or else too large for the store.


async def test_pod_is_completed_by_admission(cluster: Cluster) -> None:
    spec = (await cluster.create(PODS, pod()))["spec"]
    assert spec["serviceAccountName"] == "default"
    assert spec["priority"] == 0
    volume = spec["volumes"][0]
    assert volume["name"].startswith("kube-api-access-")
    assert volume["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"] == 3607
    assert spec["containers"][0]["volumeMounts"][0]["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount"
    assert [each["tolerationSeconds"] for each in spec["tolerations"]] == [300, 300]


async def test_pod_of_unknown_account(cluster: Cluster) -> None:
    response = await cluster.ask("POST", PODS, pod(serviceAccountName="nobody"))
    assert response.status == 403
    assert content(response)["message"] == (
        'pods "p" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found'
    )


async def test_automount_off(cluster: Cluster) -> None:
    assert "volumes" not in (await cluster.create(PODS, pod(automountServiceAccountToken=False)))["spec"]


async def test_unknown_priority_class(cluster: Cluster) -> None:
    response = await cluster.ask("POST", PODS, pod(priorityClassName="nope"))
    assert content(response)["message"] == 'pods "p" is forbidden: no PriorityClass with name nope was found'


async def test_missing_namespace(cluster: Cluster) -> None:
    response = await cluster.ask("POST", "/api/v1/namespaces/nope/configmaps", config_map())
    assert response.status == 404
    assert content(response)["message"] == 'namespaces "nope" not found'


@pytest.mark.parametrize(("patch", "text"), [
    pytest.param({"kind": "Pod"}, "converting (v1.Pod) to (core.ConfigMap): unknown conversion", id="kind"),
    pytest.param({"apiVersion": "v9"}, 'no kind "ConfigMap" is registered for version "v9"', id="version"),
    pytest.param({"kind": 5}, "cannot unmarshal number into Go struct field .kind of type string", id="number"),
])
async def test_a_patch_cannot_change_what_an_object_is(cluster: Cluster, patch: dict[str, Any], text: str) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    for kind in ("merge-patch", "strategic-merge-patch"):
        refused = await cluster.patch(f"{CONFIG_MAPS}/cm", patch, kind)
        assert refused.status == 422
        assert text in content(refused)["message"]
    assert (await cluster.get(f"{CONFIG_MAPS}/cm"))["kind"] == "ConfigMap"
