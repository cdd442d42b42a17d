"""The stats summary and metrics: what the node and its pods use. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubewheel.kubelet import labels, pods
from kubewheel.kubelet.runtime import ContainerStats
from kubewheel.kubelet.server.machine import Usage
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object

SECONDS = 1_000_000_000


def summary(
    node_name: str, usage: Usage, found: Sequence[ContainerStats], known: Iterable[Object], now: float
) -> Object:
    """Return the stats summary (stats.k8s.io/v1alpha1) of a node."""
    by_pod: dict[str, list[ContainerStats]] = {}
    for each in found:
        by_pod.setdefault(each.container.labels.get(labels.POD_UID, ""), []).append(each)
    return {
        "node": _node(node_name, usage, now),
        "pods": [_pod(pod, by_pod[pods.uid(pod)], now) for pod in known if pods.uid(pod) in by_pod],
    }


def _node(name: str, usage: Usage, now: float) -> Object:
    time = rfc3339(now)
    disk = {
        "time": time, "availableBytes": usage.filesystem_available_bytes,
        "capacityBytes": usage.filesystem_capacity_bytes,
        "usedBytes": usage.filesystem_capacity_bytes - usage.filesystem_available_bytes,
        "inodes": usage.filesystem_inodes, "inodesFree": usage.filesystem_free_inodes,
        "inodesUsed": usage.filesystem_inodes - usage.filesystem_free_inodes,
    }
    return {
        "nodeName": name, "startTime": rfc3339(usage.boot_time),
        "cpu": {"time": time, "usageCoreNanoSeconds": usage.cpu_nanoseconds},
        "memory": {
            "time": time, "availableBytes": usage.memory_available_bytes, "usageBytes": usage.memory_usage_bytes,
            "workingSetBytes": usage.memory_working_set_bytes, "rssBytes": usage.memory_rss_bytes,
        },
        "fs": disk, "runtime": {"imageFs": disk, "containerFs": disk},
    }


def _pod(pod: Object, found: Sequence[ContainerStats], now: float) -> Object:
    started = (pod.get("status") or {}).get("startTime")
    containers = [_container(pod, each) for each in found]
    shown: dict[str, Any] = {
        "podRef": {"name": pods.name(pod), "namespace": pods.namespace(pod), "uid": pods.uid(pod)},
        "startTime": started or rfc3339(now), "containers": containers,
        "cpu": _cpu(found), "memory": _memory(found),
        "ephemeral-storage": {
            "time": rfc3339(now), "usedBytes": sum(each.filesystem_used_bytes for each in found),
            "inodesUsed": sum(each.filesystem_used_inodes for each in found),
        },
    }
    return shown


def _container(pod: Object, stats: ContainerStats) -> Object:
    told = pods.status_of(pod, stats.container.name) or {}
    started = ((told.get("state") or {}).get("running") or {}).get("startedAt")
    time = rfc3339(stats.timestamp)
    return {
        "name": stats.container.name, "startTime": started or rfc3339(stats.container.created_at),
        "cpu": _cpu([stats]), "memory": _memory([stats]),
        "rootfs": {
            "time": time, "usedBytes": stats.filesystem_used_bytes, "inodesUsed": stats.filesystem_used_inodes,
        },
        "logs": {"time": time, "usedBytes": 0},
    }


def _cpu(found: Sequence[ContainerStats]) -> Object:
    return {
        "time": rfc3339(max(each.timestamp for each in found)),
        "usageNanoCores": sum(each.cpu_nanocores for each in found),
        "usageCoreNanoSeconds": sum(each.cpu_nanoseconds for each in found),
    }


def _memory(found: Sequence[ContainerStats]) -> Object:
    return {
        "time": rfc3339(max(each.timestamp for each in found)),
        "usageBytes": sum(each.memory_usage_bytes for each in found),
        "workingSetBytes": sum(each.memory_working_set_bytes for each in found),
        "rssBytes": sum(each.memory_rss_bytes for each in found),
        "pageFaults": sum(each.page_faults for each in found),
        "majorPageFaults": sum(each.major_page_faults for each in found),
    }


class Metrics:
    """Collects samples and writes them in Prometheus' text form."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, kind: str, text: str, samples: Iterable[tuple[Mapping[str, str], float | int]]) -> None:
        """Add a metric of `kind` (gauge, counter) with its samples by labels."""
        self._lines.append(f"# HELP {name} {text}")
        self._lines.append(f"# TYPE {name} {kind}")
        for names, value in samples:
            shown = ",".join(f'{label}="{_escape(each)}"' for label, each in names.items())
            self._lines.append(f"{name}{{{shown}}} {value}" if shown else f"{name} {value}")

    def encode(self) -> bytes:
        """Return the text."""
        return ("\n".join(self._lines) + "\n").encode()


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def resource_metrics(usage: Usage, found: Sequence[ContainerStats]) -> bytes:
    """Return what /metrics/resource shows: the numbers that metrics-server reads."""
    by_pod: dict[tuple[str, str], list[ContainerStats]] = {}
    for each in found:
        key = (each.container.labels.get(labels.POD_NAMESPACE, ""), each.container.labels.get(labels.POD_NAME, ""))
        by_pod.setdefault(key, []).append(each)

    def of_containers(value: str, scale: int = 1) -> Iterable[tuple[Mapping[str, str], float]]:
        for (namespace, pod), each in by_pod.items():
            for stats in each:
                names = {"container": stats.container.name, "namespace": namespace, "pod": pod}
                yield names, getattr(stats, value) / scale

    def of_pods(value: str, scale: int = 1) -> Iterable[tuple[Mapping[str, str], float]]:
        for (namespace, pod), each in by_pod.items():
            yield {"namespace": namespace, "pod": pod}, sum(getattr(stats, value) for stats in each) / scale

    cpu, memory = "Cumulative cpu time consumed in core-seconds", "Current working set in bytes"
    metrics = Metrics()
    metrics.add("container_cpu_usage_seconds_total", "counter", cpu, of_containers("cpu_nanoseconds", SECONDS))
    metrics.add("container_memory_working_set_bytes", "gauge", memory, of_containers("memory_working_set_bytes"))
    metrics.add("node_cpu_usage_seconds_total", "counter", cpu, [({}, usage.cpu_nanoseconds / SECONDS)])
    metrics.add("node_memory_working_set_bytes", "gauge", memory, [({}, usage.memory_working_set_bytes)])
    metrics.add("pod_cpu_usage_seconds_total", "counter", cpu, of_pods("cpu_nanoseconds", SECONDS))
    metrics.add("pod_memory_working_set_bytes", "gauge", memory, of_pods("memory_working_set_bytes"))
    metrics.add("resource_scrape_error", "gauge", "1 if there was an error while getting container metrics", [({}, 0)])
    return metrics.encode()


def agent_metrics(node_name: str, known: Sequence[Object], found: Sequence[ContainerStats]) -> bytes:
    """Return what /metrics shows: how many pods and containers the agent looks after."""
    metrics = Metrics()
    metrics.add("kubelet_node_name", "gauge", "The node's name, count is always 1", [({"node": node_name}, 1)])
    metrics.add("kubelet_running_pods", "gauge", "Number of pods that have a running container",
                [({}, len({each.container.sandbox_id for each in found}))])
    metrics.add("kubelet_running_containers", "gauge", "Number of containers currently running",
                [({"container_state": "running"}, len(found))])
    metrics.add("kubelet_desired_pods", "gauge", "Number of pods bound to this node", [({}, len(known))])
    return metrics.encode()
