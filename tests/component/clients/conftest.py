"""Ways to run an operator beside a cluster, and the custom kind of kopf's examples."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "kopfexamples.kopf.dev"}, "spec": {
        "scope": "Namespaced", "group": "kopf.dev",
        "names": {"kind": "KopfExample", "plural": "kopfexamples", "singular": "kopfexample",
                  "shortNames": ["kopfexes", "kopfex", "kex"]},
        "versions": [{
            "name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            }}},
            "additionalPrinterColumns": [
                {"name": "Duration", "type": "string", "jsonPath": ".spec.duration"},
                {"name": "Message", "type": "string", "jsonPath": ".status.message"},
            ],
        }],
    },
}
GROUP = ("kopf.dev", "v1", "kopfexamples")


def example(name: str = "kopf-example-1", **spec: Any) -> dict[str, Any]:
    """Return an object of the kind of kopf's examples."""
    return {
        "apiVersion": "kopf.dev/v1", "kind": "KopfExample",
        "metadata": {"name": name, "namespace": "default", "labels": {"somelabel": "somevalue"}},
        "spec": {"duration": "1m", "field": "value", "items": ["item1", "item2"], **spec},
    }


async def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Return what `condition` returns (or awaits to) once that is true."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def operating(registry: Any, kubeconfig: Path, **options: Any) -> AsyncIterator[None]:
    """Run an operator written with kopf, logged in by a kubeconfig file, until the block ends."""
    import kopf

    stop, ready = asyncio.Event(), asyncio.Event()
    settings = kopf.OperatorSettings()
    settings.watching.reconnect_backoff = 0.1
    settings.networking.error_backoffs = [0.1]

    @kopf.on.login(registry=registry)
    def login(**about: Any) -> Any:
        return kopf.login_with_kubeconfig(**about)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(kubeconfig))
        async with asyncio.TaskGroup() as group:
            group.create_task(kopf.operator(
                registry=registry, settings=settings, namespaces=["default"], stop_flag=stop, ready_flag=ready,
                standalone=options.pop("standalone", True), **options,
            ), name="operator")
            try:
                await asyncio.wait_for(ready.wait(), 15)
                yield
            finally:
                stop.set()
