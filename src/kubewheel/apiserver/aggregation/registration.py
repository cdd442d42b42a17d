"""APIServices of this server's own versions, custom ones included.

Those of built-in versions are put right at each start; those of custom resources all the time. What has lost its label
is somebody's own and left alone.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from kubewheel.api import conditions, objects
from kubewheel.apiserver.aggregation import priorities
from kubewheel.apiserver.aggregation.services import API_SERVICES, AVAILABLE
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.bootstrap.ensure import ensure
from kubewheel.libs.wire import Object
from kubewheel.storage import Conflict, Entry, Key, Unavailable

LABEL = "kube-aggregator.kubernetes.io/automanaged"
ON_START, ALWAYS = "onstart", "true"
ITS_OWN = "apiregistration.k8s.io"  # What APIServices themselves belong to needs none.
LOCAL = "Local"
RETRY_SECONDS = 1.0


async def reconcile(backend: Backend) -> None:
    """Make what is missing and remove what is served no more; repeatable, at a start."""
    wanted = {each["metadata"]["name"]: each for each in (*_built_in(backend), *_custom(backend))}
    for each in wanted.values():
        await _put(backend, each, (ON_START, ALWAYS))
    for entry in backend.store.list(API_SERVICES).entries:
        if entry.key.name not in wanted and _label(entry.object) in (ON_START, ALWAYS):
            await backend.store.write(entry.key, None, expected=entry.revision)


class Registration:
    """Follows definitions and APIServices, and keeps those of custom resources in the background."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._changed = asyncio.Event()

    def refresh(self, key: Key) -> None:
        """Take note of a write."""
        self._changed.set()

    async def run(self) -> None:
        """Keep the APIServices of custom resources; never returns."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._keep()
            except (Conflict, Unavailable):
                await self._backend.clock.sleep(RETRY_SECONDS)
                self._changed.set()

    async def _keep(self) -> None:
        wanted = {each["metadata"]["name"]: each for each in _custom(self._backend)}
        for each in wanted.values():
            await _put(self._backend, each, (ALWAYS,))
        for entry in self._backend.store.list(API_SERVICES).entries:
            if entry.key.name not in wanted and _label(entry.object) == ALWAYS:
                await self._backend.store.write(entry.key, None, expected=entry.revision)
            elif entry.object["spec"].get("service") is None and not _is_local(entry.object):
                new = objects.copy(entry.object)
                new["status"] = {**(new.get("status") or {}), "conditions": conditions.with_condition(
                    (new.get("status") or {}).get("conditions"), AVAILABLE, "True", now=self._backend.clock.now(),
                    reason=LOCAL, message="Local APIServices are always available",
                )}
                await self._backend.store.write(entry.key, new, expected=entry.revision)


async def _put(backend: Backend, wanted: Object, labels: tuple[str, ...]) -> None:
    """Create `wanted`, or give an existing one of ours its spec."""
    entry = backend.store.get(Key(API_SERVICES, "", wanted["metadata"]["name"]))
    if entry is None:
        await ensure(backend, wanted)
    elif _label(entry.object) in labels and entry.object["spec"] != wanted["spec"]:
        await backend.store.write(entry.key, _with_spec(entry, wanted), expected=entry.revision)


def _with_spec(entry: Entry, wanted: Object) -> dict[str, Any]:
    new = objects.copy(entry.object)
    new["spec"] = dict(wanted["spec"])
    return new


def _is_local(service: Object) -> bool:
    return (conditions.find(service, AVAILABLE) or {}).get("reason") == LOCAL


def _label(service: Object) -> str:
    labels: Mapping[str, str] = service["metadata"].get("labels") or {}
    return labels.get(LABEL, "")


def _built_in(backend: Backend) -> Iterator[Object]:
    served = {(each.group, each.version) for each in backend.registry if each.custom is None}
    for group, version in sorted(served):
        if group != ITS_OWN:
            yield _made(group, version, priorities.of_own(group, version), ON_START)


def _custom(backend: Backend) -> Iterator[Object]:
    own = {(each.group, each.version) for each in backend.registry if each.custom is None}
    for group, version in sorted({(each.group, each.version) for each in backend.registry} - own):
        yield _made(group, version, priorities.CUSTOM, ALWAYS)


def _made(group: str, version: str, places: tuple[int, int], label: str) -> Object:
    spec = {"version": version, "groupPriorityMinimum": places[0], "versionPriority": places[1]}
    if group:
        spec = {"group": group, **spec}
    return {
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": f"{version}.{group}", "labels": {LABEL: label}}, "spec": spec,
    }
