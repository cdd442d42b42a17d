"""PodPresets: what they add to pods, and when they leave a pod alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Response
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver.conftest import ADMIN, PODS, Cluster, content, pod

PRESETS = "/apis/settings.k8s.io/v1alpha1/namespaces/default/podpresets"
EVENTS = "/api/v1/namespaces/default/events"
WARNING = (
    "settings.k8s.io/v1alpha1 PodPreset is deprecated in v1.19+, unavailable in v1.20+; "
    "use a MutatingAdmissionPolicy of admissionregistration.k8s.io/v1"
)


def preset(name: str = "allow-database", **spec: Any) -> dict[str, Any]:
    """Return a preset for frontends; by default that of the seeds."""
    return {
        "apiVersion": "settings.k8s.io/v1alpha1", "kind": "PodPreset", "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"role": "frontend"}}, **(spec or {
            "env": [{"name": "DB_PORT", "value": "6379"}],
            "volumeMounts": [{"mountPath": "/cache", "name": "cache-volume"}],
            "volumes": [{"name": "cache-volume", "emptyDir": {}}],
        })},
    }


def frontend(name: str = "website", *, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    body = pod(name, **spec)
    body["metadata"] |= {"labels": {"role": "frontend"}, "annotations": annotations or {}}
    return body


def variables(container: Any) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container.get("env") or ()}


def mounts(container: Any) -> list[str]:
    found = [each["mountPath"] for each in container.get("volumeMounts") or ()]
    return [path for path in found if "kubernetes.io" not in path]


async def test_added_to_every_container(cluster: Cluster) -> None:
    response = await cluster.ask("POST", PRESETS, preset())
    assert response.status == 201
    assert response.headers["Warning"] == f'299 - "{WARNING}"'
    revision = content(response)["metadata"]["resourceVersion"]
    made = await cluster.create(PODS, frontend(
        containers=[{"name": "a", "image": "i", "env": [{"name": "OWN", "value": "1"}]}, {"name": "b", "image": "i"}],
        initContainers=[{"name": "first", "image": "i"}],
    ))
    first, second = made["spec"]["containers"]
    assert variables(first) == {"OWN": "1", "DB_PORT": "6379"}
    assert variables(second) == {"DB_PORT": "6379"}
    assert [mounts(each) for each in (first, second, made["spec"]["initContainers"][0])] == [["/cache"]] * 3
    assert "cache-volume" in [each["name"] for each in made["spec"]["volumes"]]
    key = "podpreset.admission.kubernetes.io/podpreset-allow-database"
    assert made["metadata"]["annotations"] == {key: revision}


async def test_other_pods_stay_as_they_are(cluster: Cluster) -> None:
    await cluster.create(PRESETS, preset())
    made = await cluster.create(PODS, pod("unlabelled"))
    assert (variables(made["spec"]["containers"][0]), made["metadata"].get("annotations")) == ({}, None)
    excluded = {"podpreset.admission.kubernetes.io/exclude": "true"}
    made = await cluster.create(PODS, frontend(annotations=excluded))
    assert (variables(made["spec"]["containers"][0]), made["metadata"]["annotations"]) == ({}, excluded)


@pytest.mark.parametrize(("spec", "container", "what"), [
    pytest.param({}, {"env": [{"name": "DB_PORT", "value": "1"}]}, "merging env for allow-database has a conflict on "
                 'DB_PORT: {"name": "DB_PORT", "value": "6379"} does not match {"name": "DB_PORT", "value": "1"} '
                 "in container", id="variable"),
    pytest.param({"volumes": [{"name": "own", "emptyDir": {}}]},
                 {"volumeMounts": [{"name": "own", "mountPath": "/cache"}]},
                 "merging volume mounts for allow-database has a conflict on mount path /cache", id="mount"),
    pytest.param({"volumes": [{"name": "cache-volume", "hostPath": {"path": "/", "type": ""}}]}, {},
                 "merging volumes for allow-database has a conflict on cache-volume", id="volume"),
])
async def test_a_conflict_changes_nothing_and_is_told(
    cluster: Cluster, spec: dict[str, Any], container: dict[str, Any], what: str
) -> None:
    await cluster.create(PRESETS, preset())
    body = frontend(containers=[{"name": "b", "image": "i"}, {"name": "a", "image": "i", **container}], **spec)
    made = await cluster.create(PODS, body)
    assert variables(made["spec"]["containers"][0]) == {}
    assert made["metadata"].get("annotations", {}) == {}
    (event,) = (await cluster.get(EVENTS))["items"]
    assert (event["type"], event["reason"]) == ("Warning", "PodPresetConflict")
    assert event["message"].startswith(what)
    assert event["involvedObject"]["uid"] == made["metadata"]["uid"]


async def test_presets_that_contradict_each_other(cluster: Cluster) -> None:
    await cluster.create(PRESETS, preset(env=[{"name": "A", "value": "1"}]))
    await cluster.create(PRESETS, preset("other", env=[{"name": "A", "value": "2"}]))
    metadata = {"generateName": "x-", "labels": {"role": "frontend"}}
    made = await cluster.create(PODS, {**frontend(), "metadata": metadata})
    assert variables(made["spec"]["containers"][0]) == {}
    (event,) = (await cluster.get(EVENTS))["items"]
    assert event["involvedObject"]["name"] == made["metadata"]["name"]


async def test_several_presets(cluster: Cluster) -> None:
    await cluster.create(PRESETS, preset(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]))
    await cluster.create(PRESETS, preset(
        "other", env=[{"name": "A", "value": "1"}], envFrom=[{"configMapRef": {"name": "settings"}}],
        volumes=[{"name": "s", "secret": {"secretName": "s"}}],
    ))
    made = await cluster.create(PODS, frontend())
    (container,) = made["spec"]["containers"]
    assert variables(container) == {"A": "1", "B": "2"}
    assert container["envFrom"] == [{"configMapRef": {"name": "settings"}}]
    (volume,) = [each for each in made["spec"]["volumes"] if each["name"] == "s"]
    assert volume["secret"] == {"secretName": "s", "defaultMode": 420}
    assert len(made["metadata"]["annotations"]) == 2


async def test_dry_run_leaves_no_event(cluster: Cluster) -> None:
    await cluster.create(PRESETS, preset())
    body = frontend(containers=[{"name": "a", "image": "i", "env": [{"name": "DB_PORT", "value": "1"}]}])
    await cluster.create(PODS, body, dryRun="All")
    assert (await cluster.get(EVENTS))["items"] == []


@pytest.mark.parametrize(("spec", "message"), [
    pytest.param(
        {"env": []}, "spec.volumes.env.envFrom.volumeMounts: Required value: must specify at least one", id="none",
    ),
    pytest.param({"env": [{"name": ""}]}, "spec.env[0].name: Required value", id="env"),
    pytest.param(
        {"volumes": [{"name": "v"}]}, "spec.volumes[0]: Required value: must specify a volume type", id="volume",
    ),
    pytest.param(
        {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}, 'spec.volumeMounts[0].name: Not found: "v"', id="mount",
    ),
    pytest.param({"env": [{"name": "A", "valu": "1"}]}, 'unknown field "spec.env[0].valu"', id="unknown"),
])
async def test_what_a_preset_must_be(cluster: Cluster, spec: dict[str, Any], message: str) -> None:
    refused = await cluster.ask("POST", PRESETS, preset(**spec), fieldValidation="Strict")
    assert refused.status in (400, 422)
    assert message in content(refused)["message"]


async def without(**settings: Any) -> Response:
    clock = SteppedClock()
    made = ApiServer(MemoryStore(), Registry.builtin(), ApiServerSettings(tokens={"admin": ADMIN}, **settings), clock)
    await made.bootstrap()
    return await Cluster(made, clock).ask("GET", PRESETS)


async def test_the_kind_goes_with_its_plugin() -> None:
    assert (await without()).status == 200
    assert (await without(disabled_admission=("PodPreset",))).status == 404
    assert (await without(retired_apis=False)).status == 404
    assert (await without(retired_apis=False, enabled_admission=("PodPreset",))).status == 200


def test_the_manifests_of_the_seeds_with_kubectl(kubewheel: Any, tmp_path: Path) -> None:
    """`kubectl apply`, `explain` and `get` know the kind."""
    body = tmp_path / "preset.json"
    body.write_text(json.dumps(preset()))
    assert kubewheel.kubectl("apply", "-f", str(body)) == "podpreset.settings.k8s.io/allow-database created\n"
    assert kubewheel.kubectl("apply", "-f", str(body)) == "podpreset.settings.k8s.io/allow-database unchanged\n"
    assert "allow-database" in kubewheel.kubectl("get", "podpresets")
    assert "Variables for each container" in kubewheel.kubectl("explain", "podpreset.spec.env")
    kubewheel.kubectl("run", "website", "--image=nginx", "--labels=role=frontend")
    shown = kubewheel.kubectl("get", "pod", "website", "-o", "jsonpath={.spec.containers[0].env[0].value}")
    assert shown == "6379"


