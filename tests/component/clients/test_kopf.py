"""Operators written with kopf, after its own examples, look after a custom kind unchanged."""

import asyncio
import datetime
from pathlib import Path
from typing import Any

import kopf
import pytest

from kubewheel.libs import tls
from tests.component.clients.conftest import DEFINITION, GROUP, example, operating, until

pytestmark = [
    pytest.mark.slow, pytest.mark.filterwarnings("ignore"), pytest.mark.kubewheel(nodes=1, clock="real"),
]
NAME = "kopf-example-1"


async def _status(kubewheel: Any) -> dict[str, Any]:
    found = await kubewheel.get("KopfExample", NAME)
    return dict(found.get("status") or {})


async def _defined(kubewheel: Any) -> None:
    await kubewheel.apply(DEFINITION)
    await kubewheel.settle()


async def test_handlers_events_subhandlers_and_children(kubewheel: Any) -> None:
    """Examples 01 to 08: creation with results, children, retries, updates with differences, deletion."""
    await _defined(kubewheel)
    registry, seen = kopf.OperatorRegistry(), []
    api = kubewheel.pykube

    @kopf.on.create(*GROUP, registry=registry, id="create_pod")
    def create_pod(spec: Any, **_: Any) -> dict[str, Any]:
        import pykube

        pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [
            {"name": "the-only-one", "image": "busybox", "env": [{"name": "FIELD", "value": spec["field"]}]},
        ]}}
        kopf.adopt(pod)
        made = pykube.Pod(api, pod)
        made.create()
        return {"children": [made.metadata["uid"]]}

    @kopf.on.create(*GROUP, registry=registry, backoff=0.05)
    def fails_at_first(retry: int, **_: Any) -> None:
        seen.append(f"try {retry}")
        if retry < 2:
            raise kopf.TemporaryError("not yet", delay=0.05)

    @kopf.on.create(*GROUP, registry=registry)
    async def with_parts(spec: Any, **_: Any) -> None:
        for item in spec["items"]:
            @kopf.subhandler(id=item)
            async def part(item: str = item, **_: Any) -> None:
                seen.append(f"part {item}")

    @kopf.on.update(*GROUP, registry=registry)
    def updated(diff: Any, **_: Any) -> None:
        seen.append(f"diff {[(op, '.'.join(path), old, new) for op, path, old, new in diff]}")

    @kopf.on.field(*GROUP, field="spec.field", old="value", new="other", registry=registry)
    def field_changed(old: Any, new: Any, **_: Any) -> None:
        seen.append(f"field {old}->{new}")

    @kopf.on.delete(*GROUP, registry=registry)
    def deleted(name: str, **_: Any) -> None:
        seen.append(f"deleted {name}")

    @kopf.on.event("", "v1", "pods", registry=registry)
    def pod_event(event: Any, name: str, **_: Any) -> None:
        seen.append(f"pod {event['type']}")

    async with operating(registry, kubewheel.kubeconfig):
        await kubewheel.apply(example())
        status = await until(lambda: _finished(kubewheel, seen))
        assert status["create_pod"]["children"] == [(await kubewheel.one("Pod"))["metadata"]["uid"]]
        assert [each for each in seen if each.startswith("try")] == ["try 0", "try 1", "try 2"]
        assert {"part item1", "part item2"} <= {*seen}
        await kubewheel.client.patch("KopfExample.kopf.dev", NAME, {"spec": {"field": "other"}}, "default")
        await until(lambda: "field value->other" in seen)
        assert "diff [('change', 'spec.field', 'value', 'other')]" in seen
        await kubewheel.delete("KopfExample", NAME)
        await until(lambda: f"deleted {NAME}" in seen)
        await until(lambda: "pod DELETED" in seen)  # The child goes with its owner.
    assert await kubewheel.list("KopfExample") == []


async def _finished(kubewheel: Any, seen: list[str]) -> dict[str, Any] | None:
    status = await _status(kubewheel)
    found = await kubewheel.get("KopfExample", NAME)
    is_handled = "kopf.zalando.org/last-handled-configuration" in (found["metadata"].get("annotations") or {})
    return status if is_handled and "create_pod" in status and "try 2" in seen else None


async def test_daemons_timers_indexes_and_filters(kubewheel: Any) -> None:
    """Examples 11 and 14 to 16: filters, daemons that end with their object, timers, indexes over other kinds."""
    await _defined(kubewheel)
    registry, seen = kopf.OperatorRegistry(), []

    @kopf.daemon(*GROUP, registry=registry, cancellation_timeout=0.5)
    async def accompany(spec: Any, patch: Any, **_: Any) -> None:
        patch.status["message"] = f"with {spec['field']}"
        try:
            await asyncio.sleep(3600)
        finally:
            seen.append("daemon ended")

    @kopf.timer(*GROUP, interval=0.05, registry=registry)
    def tick(**_: Any) -> None:
        seen.append("tick")

    @kopf.index("", "v1", "pods", registry=registry, id="phases")
    def phases(namespace: str, name: str, status: Any, **_: Any) -> dict[Any, Any]:
        return {(namespace, name): status.get("phase")}

    @kopf.on.create(*GROUP, labels={"somelabel": "other"}, registry=registry)
    def never(**_: Any) -> None:
        seen.append("never")

    @kopf.on.create(*GROUP, labels={"somelabel": kopf.PRESENT}, when=lambda spec, **_: "field" in spec,
                    registry=registry)
    def filtered(phases: Any, **_: Any) -> None:
        seen.append(f"indexed {[*phases.get(('default', 'web'), ())]}")

    await kubewheel.apply({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "c", "image": "busybox"}]},
    })
    await kubewheel.wait_for("Pod", "web", fits=lambda pod: (pod.get("status") or {}).get("phase") == "Running")
    async with operating(registry, kubewheel.kubeconfig):
        await kubewheel.apply(example())
        await until(lambda: seen.count("tick") >= 3)
        await until(lambda: "indexed ['Running']" in seen)
        assert "never" not in seen
        await kubewheel.delete("KopfExample", NAME)
        await until(lambda: "daemon ended" in seen)
    assert await kubewheel.list("KopfExample") == []


async def test_admission(kubewheel: Any, tmp_path: Path) -> None:
    """Example 17: the operator configures its own webhooks, and the server calls them."""
    await _defined(kubewheel)
    registry = kopf.OperatorRegistry()
    now = datetime.datetime.now(datetime.UTC)
    authority = tls.make_authority("hooks", now, 1)
    pair = tls.issue(authority, tls.Subject("localhost", names=("localhost",)), now, 1)
    files = {"cafile": authority.certificate_pem(), "certfile": pair.certificate_pem(), "pkeyfile": pair.key_pem()}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    @kopf.on.startup(registry=registry)
    def configure(settings: Any, **_: Any) -> None:
        paths = {name: tmp_path / name for name in files}
        settings.admission.server = kopf.WebhookServer(addr="127.0.0.1", host="localhost", **paths)
        settings.admission.managed = "auto.kopf.dev"

    @kopf.on.validate(*GROUP, registry=registry, id="validate")
    def validate(spec: Any, warnings: list[str], **_: Any) -> None:
        warnings.append("seen")
        if spec.get("field") == "wrong":
            raise kopf.AdmissionError("change the field", code=422)

    @kopf.on.mutate(*GROUP, labels={"somelabel": "somevalue"}, registry=registry, id="mutate")
    def mutate(patch: Any, **_: Any) -> None:
        patch.spec["injected"] = 123

    async with operating(registry, kubewheel.kubeconfig):
        await until(lambda: _has_hooks(kubewheel))
        await kubewheel.apply(example())
        assert (await kubewheel.get("KopfExample", NAME))["spec"]["injected"] == 123
        refused = await asyncio.to_thread(_refused, kubewheel)
        assert 'validate.auto.kopf.dev\\" denied the request: change the field' in refused
        assert "seen" in refused


async def _has_hooks(kubewheel: Any) -> bool:
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        found = await kubewheel.list(kind)
        if not found or not found[0].get("webhooks"):
            return False
    return True


def _refused(kubewheel: Any) -> str:
    import kubernetes

    api = kubernetes.client.CustomObjectsApi(kubewheel.kubernetes)
    with pytest.raises(kubernetes.client.ApiException) as error:
        api.create_namespaced_custom_object(*GROUP[:2], "default", GROUP[2], example("refused", field="wrong"))
    return f"{error.value.body} {error.value.headers.get('Warning', '')}"
