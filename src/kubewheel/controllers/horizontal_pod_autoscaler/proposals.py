"""What each metric of an autoscaler proposes: so many replicas, this status, this name; or why it cannot say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.api import pods as pod_facts
from kubewheel.api import quantity
from kubewheel.api.errors import StatusError
from kubewheel.api.quantity import NANO, Quantity
from kubewheel.api.resources import Resource
from kubewheel.client import Client
from kubewheel.controllers.horizontal_pod_autoscaler import metrics, ratio
from kubewheel.controllers.horizontal_pod_autoscaler.ratio import Question, Sample, Startup, Tolerances, Unknown
from kubewheel.libs.wire import Object

FAILURES = {
    "Resource": "FailedGetResourceMetric", "ContainerResource": "FailedGetContainerResourceMetric",
    "Pods": "FailedGetPodsMetric", "Object": "FailedGetObjectMetric", "External": "FailedGetExternalMetric",
}
FALLBACK_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Target:
    """What is scaled: its replicas as wanted and as counted, its pods, and the selector that finds them."""

    namespace: str
    replicas: int
    counted: int
    selector: str
    pods: Sequence[Object]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one metric wants."""

    replicas: int
    name: str
    status: Object


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the metrics APIs for one target."""

    client: Client
    target: Target
    tolerances: Tolerances
    startup: Startup
    now: float
    find: Callable[[str], Resource]

    async def ask(self, spec: Object) -> Proposal:
        """Return what one metric of an autoscaler's spec proposes; raise Unknown."""
        kind = spec["type"]
        ask = {
            "Resource": self._resource, "ContainerResource": self._resource, "Pods": self._pods,
            "Object": self._object, "External": self._external,
        }[kind]
        field = kind[0].lower() + kind[1:]
        return await ask(kind, field, spec[field])

    async def _resource(self, kind: str, field: str, source: Object) -> Proposal:
        name, container, target = source["name"], source.get("container") or "", source["target"]
        is_raw = target.get("averageValue") is not None
        try:
            samples = await self._samples(name, container)
            if is_raw:
                wanted, used = self._raw(samples, name, _milli(target["averageValue"]))
                current: dict[str, Any] = {"averageValue": _quantity(used)}
            else:
                wanted, percent, used = self._utilized(samples, name, container, target["averageUtilization"])
                current = {"averageUtilization": percent, "averageValue": _quantity(used)}
        except Unknown as error:
            raise Unknown(f"failed to get {name} {'usage' if is_raw else 'utilization'}: {error}") from error
        label = "resource" if kind == "Resource" else "container resource"
        title = f"{name} {label}" + ("" if is_raw else " utilization (percentage of request)")
        status = {"name": name, **({"container": container} if container else {}), "current": current}
        return Proposal(wanted, title, {"type": kind, field: status})

    async def _samples(self, name: str, container: str) -> Mapping[str, Sample]:
        target = self.target
        try:
            found = await metrics.of_resource(self.client, target.namespace, target.selector, name, container)
        except Unknown as error:
            raise Unknown(f"unable to get metrics for resource {name}: {error}") from error
        self._need_pods()
        return found

    def _need_pods(self) -> None:
        if not self.target.pods:
            raise Unknown("no pods returned by selector while calculating replica count")

    def _utilized(
        self, samples: Mapping[str, Sample], name: str, container: str, percent: int
    ) -> tuple[int, int, int]:
        """Return the replicas, and what is used in percent of requests and on average."""
        requests = {pod["metadata"]["name"]: _request(pod, name, container) for pod in self.target.pods}
        groups = ratio.group(self.target.pods, samples, name, self.now, self.startup)
        fallback = max(FALLBACK_PERCENT, percent)
        wanted = ratio.replicas(Question(
            self.target.replicas, samples, groups, self.tolerances,
            ratio_of=lambda values: ratio.utilization(values, requests)[0] / percent,
            high=lambda pod: requests[pod] * fallback // 100,
        ))
        untrusted = groups.ignored | groups.unready
        trusted = {pod: sample.value for pod, sample in samples.items() if pod not in untrusted}
        return wanted, *ratio.utilization(trusted, requests)

    def _raw(self, samples: Mapping[str, Sample], name: str, target: int) -> tuple[int, int]:
        """Return the replicas, and the metric's average."""
        groups = ratio.group(self.target.pods, samples, name, self.now, self.startup)
        wanted = ratio.replicas(Question(
            self.target.replicas, samples, groups, self.tolerances,
            ratio_of=lambda values: ratio.average(values) / target, high=lambda _: target,
        ))
        untrusted = groups.ignored | groups.unready
        return wanted, ratio.average({pod: each.value for pod, each in samples.items() if pod not in untrusted})

    async def _pods(self, kind: str, field: str, source: Object) -> Proposal:
        metric, target = source["metric"], self.target
        try:
            try:
                samples = await metrics.of_pods(self.client, target.namespace, target.selector, metric, self.now)
            except Unknown as error:
                raise Unknown(f"unable to get metric {metric['name']}: {error}") from error
            self._need_pods()
            wanted, used = self._raw(samples, "", _milli(source["target"]["averageValue"]))
        except Unknown as error:
            raise Unknown(f"failed to get pods metric value: {error}") from error
        status = {"metric": metric, "current": {"averageValue": _quantity(used)}}
        return Proposal(wanted, f"pods metric {metric['name']}", {"type": kind, field: status})

    async def _object(self, kind: str, field: str, source: Object) -> Proposal:
        metric, described = source["metric"], source["describedObject"]
        try:
            resource = self.find(f"{described['apiVersion']}/{described['kind']}")
            usage = await metrics.of_object(
                self.client, self.target.namespace, resource, described["name"], metric)
        except (Unknown, StatusError) as error:
            where = f"{self.target.namespace} {described['kind']}"
            raise Unknown(
                f"failed to get object metric value: unable to get metric {metric['name']}: {described['kind']} on "
                f"{where} {error}") from error
        wanted, current = self._of_one(source["target"], usage)
        status = {"metric": metric, "describedObject": described, "current": current}
        return Proposal(wanted, f"{described['kind']} metric {metric['name']}", {"type": kind, field: status})

    async def _external(self, kind: str, field: str, source: Object) -> Proposal:
        metric = source["metric"]
        try:
            usage = sum(await metrics.external(self.client, self.target.namespace, metric))
        except Unknown as error:
            text = f"unable to get external metric {self.target.namespace}/{metric['name']}: {error}"
            raise Unknown(f"failed to get {metric['name']} external metric value: {text}") from error
        wanted, current = self._of_one(source["target"], usage)
        return Proposal(wanted, f"external metric {metric['name']}", {
            "type": kind, field: {"metric": metric, "current": current}})

    def _of_one(self, target: Object, usage: int) -> tuple[int, Object]:
        """Return the replicas that a metric of something else wants, and what it is now."""
        size = self.target
        if target.get("value") is not None:
            ready = ratio.ready_count(size.pods)
            wanted = ratio.for_value(size.replicas, ready, usage, _milli(target["value"]), self.tolerances)
            return wanted, {"value": _quantity(usage)}
        wanted = ratio.for_average(size.counted, usage, _milli(target["averageValue"]), self.tolerances)
        return wanted, {"averageValue": _quantity(-(-usage // size.counted) if size.counted else 0)}


def _request(pod: Object, name: str, container: str) -> int:
    """Return what a pod asks for, in thousandths; raise Unknown if one of its containers does not say."""
    spec = pod["spec"]
    sidecars = [each for each in spec.get("initContainers") or () if pod_facts.is_sidecar(each)]
    total = 0
    if not container and (whole := ((spec.get("resources") or {}).get("requests") or {}).get(name)) is not None:
        return quantity.parse(whole).milli
    for each in [*spec["containers"], *sidecars]:
        if container and each["name"] != container:
            continue
        amount = ((each.get("resources") or {}).get("requests") or {}).get(name)
        if amount is None:
            raise Unknown(f"missing request for {name} in container {each['name']} of Pod {pod['metadata']['name']}")
        total += quantity.parse(amount).milli
    return total


def _milli(amount: str) -> int:
    return quantity.parse(amount).milli


def _quantity(milli: int) -> str:
    return str(Quantity(milli * (NANO // 1000)))
