"""Ending: one turn of a pod that is to stop, to be deleted, or that the API has forgotten."""

import asyncio

from kubewheel.api.errors import StatusError
from kubewheel.kubelet import container_files, pods, resources, stopping
from kubewheel.kubelet.equipment import Equipment
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.pod_state import PodState, address, publish
from kubewheel.libs.wire import Object

GONE = (404, 409)  # The pod is gone, or another of its name is there.


class Ending:
    """Brings one pod to its end."""

    def __init__(self, equipment: Equipment, state: PodState) -> None:
        self._kit = equipment
        self._state = state
        self._stopper = stopping.Stopper(equipment)

    async def end(self, observed: Observed) -> None:
        """Stop everything; give back what the pod had; when it is to be gone, remove the last of it."""
        kit, state, pod = self._kit, self._state, self._state.pod
        kit.images.release(state.uid)
        kit.prober.end_restarts(state.uid)
        if observed.running or observed.sandbox is not None:
            if pod is not None:
                publish(kit, state, observed)
            where = address(kit, pod, observed) if pod is not None else ""
            await self._stopper.stop_pod(None if state.is_gone else pod, observed, where)
            observed = await kit.observer.observe(state.uid)
        kit.prober.release(state.uid)
        publish(kit, state, observed, ended=True)
        await self._give_back()
        if pod is None or state.is_gone:
            await self._remove(observed)
        elif pods.is_deleting(pod) and not state.delete_sent:
            await self._delete(pod)

    async def _delete(self, pod: Object) -> None:
        """Tell the API that it can forget the pod, after it knows how the pod ended."""
        await self._kit.statuses.settled(self._state.uid)
        try:
            await self._kit.client.delete(
                "Pod", pods.name(pod), pods.namespace(pod), uid=self._state.uid, grace_seconds=0
            )
        except StatusError as error:
            if error.code not in GONE:
                raise
            self._state.is_gone = True
            await self._remove(await self._kit.observer.observe(self._state.uid))
        self._state.delete_sent = True

    async def _give_back(self) -> None:
        """Free what only a pod that runs needs."""
        kit, state = self._kit, self._state
        kit.references.release(state.uid)
        kit.tokens.forget(state.uid)
        kit.certificates.forget(state.uid)
        kit.gate.release(state.uid)
        state.mounted = None
        if not kit.runtime.real:
            return
        await kit.image_volumes.release(state.uid)
        await kit.volumes.tear_down(state.uid)
        if kit.settings.cgroup_root:
            await asyncio.to_thread(resources.remove_cgroups, kit.settings.cgroup_root, state.uid)

    async def _remove(self, observed: Observed) -> None:
        """Remove everything that is left of a pod that the API has forgotten."""
        kit, state = self._kit, self._state
        await self._stopper.remove(observed)
        kit.observer.forget(observed)
        kit.statuses.forget(state.uid)
        if kit.runtime.real:
            await kit.volumes.forget(state.uid)
            await asyncio.to_thread(container_files.remove_logs, kit.settings.logs_dir, state.uid)
        state.finished = True
