"""The resource metrics API of a test's cluster: what simulated pods say that they use, at any moment.

Source of the API: https://github.com/kubernetes/metrics (metrics.k8s.io/v1beta1)
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubewheel.api import errors, selectors
from kubewheel.api.registry import Resource
from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.kubelet import pods
from kubewheel.kubelet.simulated import behaviour
from kubewheel.kubelet.simulated.fleet import Fleet
from kubewheel.libs.clock import Clock, rfc3339
from kubewheel.libs.wire import Object, Request, Response

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
API_VERSION = f"{GROUP}/{VERSION}"
WINDOW = "15s"  # Over which real measurements are taken.
READS = ("get", "list")
RESOURCES = (
    Resource(GROUP, VERSION, "pods", "", "PodMetrics", True, verbs=READS),
    Resource(GROUP, VERSION, "nodes", "", "NodeMetrics", False, verbs=READS),
)
Used = tuple[float, int]  # CPU in cores, memory in bytes.


class Meter:
    """Reads the meters of a fleet's pods."""

    def __init__(self, fleet: Fleet, clock: Clock) -> None:
        self._fleet = fleet
        self._clock = clock

    def answer(self, request: Request, info: RequestInfo) -> Response:
        """Answer a request that the server has let pass; raise StatusError 404."""
        wanted = selectors.parse_labels(request.parameter("labelSelector") or "")
        pods_wanted = info.resource == "pods"
        every = self._of_pods(info.namespace) if pods_wanted else self._of_nodes()
        found = [each for each in every if wanted.matches(each["metadata"].get("labels") or {})]
        kind = "PodMetrics" if pods_wanted else "NodeMetrics"
        if not info.name:
            listed = {"kind": f"{kind}List", "apiVersion": API_VERSION, "metadata": {}, "items": found}
            return Response(200, object=listed)
        for each in found:
            if each["metadata"]["name"] == info.name:
                return Response(200, object={"kind": kind, "apiVersion": API_VERSION, **each})
        raise errors.not_found(GROUP, info.resource, info.name)

    def _of_pods(self, namespace: str) -> Iterable[dict[str, Any]]:
        for pod, used in self._running():
            if namespace in ("", pods.namespace(pod)):
                containers = [{"name": name, "usage": _shown(each)} for name, each in used.items()]
                yield self._measured(pods.name(pod), pod, {"namespace": pods.namespace(pod)}, containers=containers)

    def _of_nodes(self) -> Iterable[dict[str, Any]]:
        sums = {name: (0.0, 0) for name in self._fleet.nodes.by_name}
        for pod, used in self._running():
            name = pod["spec"]["nodeName"]
            if name in sums:
                sums[name] = _sum([sums[name], *used.values()])
        for name, total in sums.items():
            yield self._measured(name, {"metadata": {"labels": {"kubernetes.io/hostname": name}}}, usage=_shown(total))

    def _measured(self, name: str, of: Object, place: Mapping[str, str] | None = None, **what: Any) -> dict[str, Any]:
        now = rfc3339(self._clock.now())
        metadata = {"name": name, **(place or {}), "creationTimestamp": now}
        if of["metadata"].get("labels"):
            metadata["labels"] = of["metadata"]["labels"]
        return {"metadata": metadata, "timestamp": now, "window": WINDOW, **what}

    def _running(self) -> Iterable[tuple[Object, dict[str, Used]]]:
        """Yield the pods that have been running, with what their containers use."""
        now, keeper = self._clock.now(), self._fleet.keeper
        for pod in keeper.informer:
            life = keeper.life(pod) if keeper.is_ours(pod) else None
            if life is None or pods.status(pod).get("phase") != "Running":
                continue
            used = {
                run.name: behaviour.usage(pod, run.name, run.behaviour)
                for run in life.runs.values() if run.is_running(now)
            }
            if used:
                yield pod, used


def _sum(amounts: Sequence[Used]) -> Used:
    return sum(cpu for cpu, _ in amounts), sum(memory for _, memory in amounts)


def _shown(used: Used) -> dict[str, str]:
    cpu, memory = used
    return {"cpu": f"{round(cpu * 1e9)}n", "memory": f"{memory // 1024}Ki"}
