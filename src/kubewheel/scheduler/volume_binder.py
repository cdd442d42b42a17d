"""Binds the claims that waited for their pod to be placed: to a chosen volume, or by asking for a new one."""

from collections.abc import Sequence

from kubewheel.client import Client
from kubewheel.libs.clock import Clock
from kubewheel.scheduler.plugins.volumes import Choice
from kubewheel.scheduler.plugins.volumes.claims import SELECTED_NODE, annotations, is_bound
from kubewheel.scheduler.snapshot import Objects

BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
FIRST_LOOK = 0.05  # Seconds; doubles up to LAST_LOOK.
LAST_LOOK = 1.0


class NotBound(Exception):
    """The claims of a pod did not get their volumes; the text says why."""


class VolumeBinder:
    """Asks for bindings and waits for the volume controller, or a provisioner, to make them."""

    def __init__(self, client: Client, objects: Objects, clock: Clock, timeout: float) -> None:
        self._client = client
        self._objects = objects
        self._clock = clock
        self._timeout = timeout

    async def bind(self, choices: Sequence[Choice], node: str) -> None:
        """Return once every claim has its volume; raise NotBound, StatusError or OSError otherwise."""
        for choice in choices:
            await self._ask(choice, node)
        deadline = self._clock.monotonic() + self._timeout
        delay = FIRST_LOOK
        while not all([self._is_done(choice, node) for choice in choices]):
            if self._clock.monotonic() >= deadline:
                raise NotBound("binding volumes: context deadline exceeded")
            await self._clock.sleep(delay)
            delay = min(LAST_LOOK, delay * 2)

    async def _ask(self, choice: Choice, node: str) -> None:
        metadata = choice.claim["metadata"]
        if choice.volume is None:
            if annotations(choice.claim).get(SELECTED_NODE) != node:
                patch = {"metadata": {"uid": metadata.get("uid"), "annotations": {SELECTED_NODE: node}}}
                await self._client.patch("PersistentVolumeClaim", metadata["name"], patch, metadata["namespace"])
            return
        volume = choice.volume["metadata"]
        await self._client.patch("PersistentVolume", volume["name"], {
            "metadata": {"resourceVersion": volume.get("resourceVersion"), "annotations": {BY_CONTROLLER: "yes"}},
            "spec": {"claimRef": {
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": metadata["namespace"],
                "name": metadata["name"], "uid": metadata.get("uid"),
                "resourceVersion": metadata.get("resourceVersion"),
            }},
        })

    def _is_done(self, choice: Choice, node: str) -> bool:
        metadata = choice.claim["metadata"]
        claim = self._objects.get("PersistentVolumeClaim", metadata["namespace"], metadata["name"])
        if claim is None or claim["metadata"].get("uid") != metadata.get("uid"):
            raise NotBound(f'binding volumes: persistentvolumeclaim "{metadata["name"]}" not found')
        if is_bound(claim):
            return True
        was_asked = SELECTED_NODE in annotations(choice.claim)
        if choice.volume is None and was_asked and annotations(claim).get(SELECTED_NODE) != node:
            # The provisioner gave up on this node and asks for another.
            raise NotBound("binding volumes: provisioning failed for PVC "
                           f'"{metadata["name"]}"')
        return False
