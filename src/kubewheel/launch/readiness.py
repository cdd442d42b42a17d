"""Watches how the cluster is and writes it down for `kubewheel status`."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import kubewheel
from kubewheel.client import Client, Informers
from kubewheel.launch import control, kubeconfig
from kubewheel.launch.supervisor import RUNNING, Supervisor
from kubewheel.libs import tasks, tls
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object

if TYPE_CHECKING:
    from kubewheel.launch.cluster import Prepared

MANY_NODES, PAUSE_SECONDS = 50, 0.1


class Watcher:
    """Knows the nodes and the components of one cluster."""

    def __init__(self, prepared: "Prepared", client: Client, supervisor: Supervisor, clock: Clock) -> None:
        self._prepared = prepared
        self._supervisor = supervisor
        self._informers = Informers(client, clock)
        self._nodes = self._informers.informer("Node")
        self._nodes.add_handler(self._node_changed)
        self._clock = clock

    def _node_changed(self, _: str, new: Object | None, old: Object | None) -> None:
        """Look again when a node comes, goes, or changes its mind; its heartbeats say nothing new."""
        if new is None or old is None or is_node_ready(new) != is_node_ready(old):
            self._supervisor.changed.set()

    async def run(self, report: Callable[[str], None], when_ready: Callable[[], object]) -> None:
        """Write the status file at every change; call `when_ready` the first time that everything is ready."""
        async with asyncio.TaskGroup() as group:
            tasks.create_task(group, self._informers.run(), name="readiness-informers")
            was_ready = False
            written = b""
            while True:
                self._supervisor.changed.clear()
                state = self._state()
                content = json.dumps(state, indent=2).encode()
                if content != written:
                    tls.write_private(self._prepared.layout.status, content)
                    written = content
                if state["ready"] and not was_ready:
                    was_ready = True
                    report(f"Ready: {', '.join(node['name'] for node in state['nodes']) or 'no node here'}.")
                    when_ready()
                await self._supervisor.changed.wait()
                if len(state["nodes"]) > MANY_NODES:  # Of many that come at once, each would mean a look at all.
                    await self._clock.sleep(PAUSE_SECONDS)

    def _state(self) -> dict[str, Any]:
        settings, layout = self._prepared.settings, self._prepared.layout
        expected = set(settings.node_names(self._prepared.machine.name)) if settings.has_part("node") else set()
        found = [
            {"name": node["metadata"]["name"], "status": "Ready" if is_node_ready(node) else "NotReady"}
            for node in sorted(self._nodes.list(), key=lambda node: str(node["metadata"]["name"]))
        ]
        ready = {node["name"] for node in found if node["status"] == "Ready"}
        states = self._supervisor.states
        return {
            "ready": expected <= ready and all(state == RUNNING for state in states.values()),
            "server": f"https://127.0.0.1:{settings.port}",
            "version": kubewheel.KUBERNETES_VERSION,
            "runtime": settings.runtime,
            "highAvailability": False,
            "datastore": settings.datastore,
            "components": dict(states),
            "nodes": found,
            "addons": [name for name in ("dns",) if name in states],
            "pid": os.getpid(),
            "kubeconfig": str(layout.kubeconfig),
            "context": control.context_name(layout) if settings.has_context else "",
            "userConfig": str(kubeconfig.user_file(os.environ)) if settings.has_context else "",
        }


def is_node_ready(node: Object) -> bool:
    """Tell whether the node's agent says that it is ready."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)
