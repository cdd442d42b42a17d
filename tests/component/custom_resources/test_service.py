"""A definition becomes part of the API at once, follows its changes, and takes its objects with it when it goes."""

from tests.component.apiserver.conftest import Cluster, content
from tests.component.custom_resources.conftest import CRONTABS, DEFINITIONS, crontab, define, definition, turns

NAME = "crontabs.stable.example.com"


async def test_established_at_once(api: Cluster) -> None:
    made = await define(api, definition())
    found = {each["type"]: (each["status"], each["reason"]) for each in made["status"]["conditions"]}
    assert found == {"NamesAccepted": ("True", "NoConflicts"), "Established": ("True", "InitialNamesAccepted")}
    assert made["status"]["acceptedNames"]["shortNames"] == ["ct"]
    stored = await api.create(CRONTABS, crontab(cronSpec="* *"))
    assert (await api.get(f"{CRONTABS}/c")) == stored
    listed = await api.get("/apis/stable.example.com/v1")
    assert [each["name"] for each in listed["resources"]] == ["crontabs"]
    assert "stable.example.com" in [each["name"] for each in (await api.get("/apis"))["groups"]]


async def test_schema_changes_apply_at_once(api: Cluster) -> None:
    await define(api, definition())
    await api.create(CRONTABS, crontab(cronSpec="* *"))
    body = definition({"type": "object", "properties": {
        "cronSpec": {"type": "string", "maxLength": 2}, "more": {"type": "integer", "default": 7},
    }})
    response = await api.patch(f"{DEFINITIONS}/{NAME}", {"spec": {"versions": body["spec"]["versions"]}})
    assert response.status == 200
    assert (await api.get(f"{CRONTABS}/c"))["spec"] == {"cronSpec": "* *", "more": 7}
    assert (await api.get(CRONTABS))["items"][0]["spec"]["more"] == 7
    # What the stored object broke already may stay broken.
    assert (await api.patch(f"{CRONTABS}/c", {"spec": {"more": 8}})).status == 200
    refused = await api.patch(f"{CRONTABS}/c", {"spec": {"cronSpec": "long"}})
    assert "spec.cronSpec: Too long" in content(refused)["message"]


async def test_versions_without_webhook(api: Cluster) -> None:
    body = definition()
    versions = body["spec"]["versions"]
    versions.append({**versions[0], "name": "v2", "storage": False})
    await define(api, body)
    await api.create(CRONTABS, crontab(cronSpec="a"))
    newer = CRONTABS.replace("/v1/", "/v2/")
    assert (await api.get(f"{newer}/c"))["apiVersion"] == "stable.example.com/v2"
    made = await api.create(newer, {**crontab("d", cronSpec="b"), "apiVersion": "stable.example.com/v2"})
    assert made["apiVersion"] == "stable.example.com/v2"
    assert {each["apiVersion"] for each in (await api.get(CRONTABS))["items"]} == {"stable.example.com/v1"}
    versions[0]["storage"], versions[1]["storage"] = False, True
    await api.patch(f"{DEFINITIONS}/{NAME}", {"spec": {"versions": versions}})
    assert (await api.get(f"{DEFINITIONS}/{NAME}"))["status"]["storedVersions"] == ["v1", "v2"]
    assert {each["apiVersion"] for each in (await api.get(newer))["items"]} == {"stable.example.com/v2"}
    assert (await api.get("/apis/stable.example.com"))["preferredVersion"]["version"] == "v2"


async def test_names_conflict_until_the_other_goes(api: Cluster) -> None:
    await define(api, definition())
    other = definition()
    other["metadata"]["name"] = "others.stable.example.com"
    other["spec"]["names"] = {"plural": "others", "kind": "CronTab", "singular": "other"}
    made = await define(api, other)
    found = {each["type"]: each for each in made["status"]["conditions"]}
    assert found["NamesAccepted"]["status"] == found["Established"]["status"] == "False"
    assert found["NamesAccepted"]["reason"] == "ListKindConflict"
    assert (await api.ask("GET", "/apis/stable.example.com/v1/others")).status == 404
    await api.ask("DELETE", f"{DEFINITIONS}/{NAME}")
    await turns(60)
    assert (await api.ask("GET", "/apis/stable.example.com/v1/others")).status == 200


async def test_deletion_takes_the_objects_along(api: Cluster) -> None:
    await define(api, definition())
    await api.create(CRONTABS, crontab(cronSpec="a"))
    await api.create(CRONTABS, {**crontab("held"), "metadata": {"name": "held", "finalizers": ["example.com/x"]}})
    watch = await api.ask("GET", CRONTABS, watch="true", resourceVersion="0")
    response = await api.ask("DELETE", f"{DEFINITIONS}/{NAME}")
    assert content(response)["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
    await turns()
    assert (await api.ask("GET", f"{CRONTABS}/c")).status == 404
    refused = await api.ask("POST", CRONTABS, crontab("new"))
    assert refused.status == 405
    assert "custom resource definition is terminating" in content(refused)["message"]
    await api.patch(f"{CRONTABS}/held", {"metadata": {"finalizers": None}})
    api.clock.advance(1.0)
    await turns()
    assert (await api.ask("GET", CRONTABS)).status == 404
    assert (await api.ask("GET", f"{DEFINITIONS}/{NAME}")).status == 404
    assert watch.chunks is not None
    lines = b"".join([chunk async for chunk in watch.chunks])  # Ends, because the resource is gone.
    assert lines.count(b'"DELETED"') == 2


async def test_scale_and_status(api: Cluster) -> None:
    paths = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.seen"}
    await define(api, definition(subresources={"status": {}, "scale": paths}))
    made = await api.create(CRONTABS, {**crontab(replicas=2), "status": {"seen": 9}})
    assert "status" not in made
    patched = content(await api.patch(f"{CRONTABS}/c/status", {"status": {"seen": 1}, "spec": {"replicas": 8}}))
    assert (patched["status"], patched["spec"], patched["metadata"]["generation"]) == ({"seen": 1}, {"replicas": 2}, 1)
    scale = await api.get(f"{CRONTABS}/c/scale")
    assert (scale["spec"], scale["status"]) == ({"replicas": 2}, {"replicas": 1})
    assert (await api.patch(f"{CRONTABS}/c/scale", {"spec": {"replicas": 5}})).status == 200
    assert (await api.get(f"{CRONTABS}/c"))["spec"] == {"replicas": 5}


async def test_patches(api: Cluster) -> None:
    await define(api, definition())
    await api.create(CRONTABS, crontab(cronSpec="a", replicas=1))
    operations = [{"op": "replace", "path": "/spec/replicas", "value": 3}]
    assert content(await api.patch(f"{CRONTABS}/c", operations, "json-patch"))["spec"]["replicas"] == 3
    assert (await api.patch(f"{CRONTABS}/c", {}, "strategic-merge-patch")).status == 415
    strict = await api.patch(f"{CRONTABS}/c", {"spec": {"no": 1}}, fieldValidation="Strict")
    assert 'unknown field "spec.no"' in content(strict)["message"]


async def test_unknown_fields(api: Cluster) -> None:
    await define(api, definition())
    body = crontab(cronSpec="a", extra={"x": 1})
    refused = await api.ask("POST", CRONTABS, body, fieldValidation="Strict")
    assert content(refused)["message"] == (
        'CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown field "spec.extra"'
    )
    made = await api.ask("POST", CRONTABS, body)
    assert 'unknown field' in made.headers["Warning"]
    assert content(made)["spec"] == {"cronSpec": "a"}


async def test_selectable_fields_and_deprecation(api: Cluster) -> None:
    await define(api, definition(selectableFields=[{"jsonPath": ".spec.cronSpec"}], deprecated=True))
    await api.create(CRONTABS, crontab("a", cronSpec="x"))
    await api.create(CRONTABS, crontab("b", cronSpec="y"))
    response = await api.ask("GET", CRONTABS, fieldSelector="spec.cronSpec=y")
    assert [each["metadata"]["name"] for each in content(response)["items"]] == ["b"]
    assert "stable.example.com/v1 CronTab is deprecated" in response.headers["Warning"]


async def test_openapi_and_columns(api: Cluster) -> None:
    columns = [{"name": "Spec", "type": "string", "jsonPath": ".spec.cronSpec"}]
    await define(api, definition(additionalPrinterColumns=columns))
    await api.create(CRONTABS, crontab(cronSpec="x"))
    table = content(await api.ask("GET", CRONTABS, headers={"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}))
    assert table["rows"][0]["cells"] == ["c", "x"]
    third = await api.get("/openapi/v3/apis/stable.example.com/v1")
    assert {"com.example.stable.v1.CronTab", "com.example.stable.v1.CronTabList"} <= {*third["components"]["schemas"]}
    assert "com.example.stable.v1.CronTab" in (await api.get("/openapi/v2"))["definitions"]


async def test_scale_of_what_nobody_has_scaled(api: Cluster) -> None:
    paths = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.seen"}
    await define(api, definition(subresources={"scale": paths}))
    await api.create(CRONTABS, crontab(cronSpec="a"))
    response = await api.ask("GET", f"{CRONTABS}/c/scale")
    assert (response.status, content(response)["message"]) == (
        500, 'Internal error occurred: the spec replicas field ".spec.replicas" does not exist',
    )
    response = await api.patch(f"{CRONTABS}/c/scale", {"metadata": {"name": "c"}})
    assert (response.status, content(response)["message"]) == (
        400, 'the spec replicas field ".spec.replicas" cannot be empty',
    )
    assert (await api.patch(f"{CRONTABS}/c/scale", {"spec": {"replicas": 3}})).status == 200
    assert (await api.get(f"{CRONTABS}/c"))["spec"] == {"cronSpec": "a", "replicas": 3}
    refused = await api.patch(f"{CRONTABS}/c/scale", {"spec": {"replicas": -1}})
    assert "spec.replicas: Invalid value: -1: must be greater than or equal to 0" in content(refused)["message"]


async def test_definitions_that_are_refused(api: Cluster) -> None:
    for part, text in (
        ({"type": "string", "default": 5},
         'default: Invalid value: "integer":  in body must be of type string: "integer"'),
        ({"type": "string", "pattern": "(a"}, "pattern: Invalid value: \"(a\": must be a valid regular expression, but "
         "isn't: error parsing regexp: missing closing ): `(a`"),
        ({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "object"}},
         "items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with "
         "x-kubernetes-list-type=set"),
    ):
        refused = await api.ask("POST", DEFINITIONS, definition({"type": "object", "properties": {"a": part}}))
        assert refused.status == 422
        where = "spec.validation.openAPIV3Schema.properties[spec].properties[a]"
        assert f"{where}.{text}" in content(refused)["message"]


async def test_a_patch_changes_no_kind(api: Cluster) -> None:
    await define(api, definition())
    await api.create(CRONTABS, crontab(cronSpec="a"))
    refused = await api.patch(f"{CRONTABS}/c", {"kind": "Other"})
    assert content(refused)["message"] == (
        'CronTab.stable.example.com "c" is invalid: kind: Invalid value: "Other": must be CronTab'
    )
    for patch, text in (({"apiVersion": "v9"}, "invalid group/version: v9"), ({"kind": None},
        "Object 'Kind' is missing")):
        refused = await api.patch(f"{CRONTABS}/c", patch)
        assert refused.status == 422
        assert text in content(refused)["message"]


async def test_null_and_defaults(api: Cluster) -> None:
    """A null stays where it may; elsewhere it goes, and the default comes."""
    parts = {
        "kept": {"type": "string", "nullable": True, "default": "x"}, "filled": {"type": "string", "default": "x"},
        "gone": {"type": "string"},
    }
    await define(api, definition({"type": "object", "properties": parts}))
    made = await api.create(CRONTABS, crontab(kept=None, filled=None, gone=None))
    assert made["spec"] == {"kept": None, "filled": "x"}
