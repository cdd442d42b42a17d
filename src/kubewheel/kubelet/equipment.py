"""What every pod's worker works with: one of each for the node."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kubewheel.client import Client, Recorder
from kubewheel.kubelet import fields, network_files, pods
from kubewheel.kubelet.admission import Gate
from kubewheel.kubelet.image_volumes import ImageVolumes
from kubewheel.kubelet.images import ImageKeeper
from kubewheel.kubelet.observe import Observer
from kubewheel.kubelet.pod_certificates import PodCertificates
from kubewheel.kubelet.probing import Prober
from kubewheel.kubelet.references import References
from kubewheel.kubelet.runtime import Dns, Runtime
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.kubelet.status_writer import StatusWriter
from kubewheel.kubelet.tokens import Tokens
from kubewheel.kubelet.volumes.manager import Volumes
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object
from kubewheel.reconcile.timers import Timers

NORMAL, WARNING = "Normal", "Warning"


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What pods are told of their node."""

    ips: tuple[str, ...]
    memory_bytes: int
    allocatable: dict[str, str]
    runtime_name: str
    dns: Dns
    hosts_text: str


@dataclass(frozen=True, slots=True)
class Equipment:
    """The node's parts. `services` lists all services; `network_problem` says why pods get no network yet."""

    client: Client
    settings: KubeletSettings
    runtime: Runtime
    clock: Clock
    timers: Timers
    recorder: Recorder
    observer: Observer
    references: References
    images: ImageKeeper
    image_volumes: ImageVolumes
    prober: Prober
    volumes: Volumes
    tokens: Tokens
    certificates: PodCertificates
    statuses: StatusWriter
    gate: Gate
    facts: NodeFacts
    services: Callable[[], Iterable[Object]]
    network_problem: Callable[[], str]
    sandbox_slots: asyncio.Semaphore  # Few at a time: the first of many pods run early instead of all of them late.

    def tell(self, pod: Object, kind: str, reason: str, message: str, container: str = "") -> None:
        """Record an event about a pod or one of its containers."""
        path = pods.field_path(pod, container) if container else ""
        self.recorder.event(pod, kind, reason, message, field_path=path)

    def pod_facts(self, pod_ips: tuple[str, ...] = ()) -> fields.Facts:
        """Return what a pod's fields need."""
        return fields.Facts(host_ips=self.facts.ips, pod_ips=pod_ips, allocatable=self.facts.allocatable)

    @property
    def cluster_dns(self) -> network_files.ClusterDns:
        """Return the cluster's name servers."""
        return network_files.ClusterDns(self.settings.cluster_dns, self.settings.cluster_domain)
