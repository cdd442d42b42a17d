"""The metrics APIs: what pods use, and what others have measured about pods, objects or the world outside.

Source: https://github.com/kubernetes/metrics (metrics, custom.metrics and external.metrics.k8s.io)
"""

from collections.abc import Mapping
from urllib.parse import quote

from kubewheel.api import quantity, selectors
from kubewheel.api.errors import StatusError
from kubewheel.api.resources import Resource
from kubewheel.client import Client
from kubewheel.controllers.horizontal_pod_autoscaler.ratio import Sample, Unknown
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object

RESOURCE = "/apis/metrics.k8s.io/v1beta1"
CUSTOM = "/apis/custom.metrics.k8s.io/v1beta2"
EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1"


async def of_resource(
    client: Client, namespace: str, selector: str, resource: str, container: str = ""
) -> dict[str, Sample]:
    """Return what each pod uses of `resource`: all containers together, or the one named."""
    path = f"{RESOURCE}/namespaces/{namespace}/pods"
    listed = await _get(client, path, {"labelSelector": selector}, "resource metrics")
    found = {}
    for item in listed.get("items") or ():
        amounts = [
            each["usage"].get(resource) for each in item.get("containers") or ()
            if not container or each["name"] == container
        ]
        if amounts and None not in amounts:
            value = sum(quantity.parse(amount).milli for amount in amounts)
            window = _seconds(item.get("window") or "0s")
            found[item["metadata"]["name"]] = Sample(value, parse_rfc3339(item["timestamp"]), window)
    if not found:
        raise Unknown("no metrics returned from resource metrics API")
    return found


async def of_pods(
    client: Client, namespace: str, selector: str, metric: Object, now: float
) -> dict[str, Sample]:
    """Return a metric that somebody measured of each pod."""
    path = f"{CUSTOM}/namespaces/{namespace}/pods/*/{quote(metric['name'])}"
    query = {"labelSelector": selector, "metricLabelSelector": _selector(metric)}
    listed = await _get(client, path, query, "custom metrics")
    found = {
        item["describedObject"]["name"]: Sample(quantity.parse(item["value"]).milli, _time(item, now))
        for item in listed.get("items") or ()
    }
    if not found:
        raise Unknown("no metrics returned from custom metrics API")
    return found


async def of_object(client: Client, namespace: str, resource: Resource, name: str, metric: Object) -> int:
    """Return a metric of one object, in thousandths."""
    place = f"namespaces/{name}" if resource.key == "namespaces" else (
        f"namespaces/{namespace}/{resource.key}/{name}" if resource.namespaced else f"{resource.key}/{name}")
    path = f"{CUSTOM}/{place}/{'metrics/' if resource.key == 'namespaces' else ''}{quote(metric['name'])}"
    listed = await _get(client, path, {"metricLabelSelector": _selector(metric)}, "custom metrics")
    for item in listed.get("items") or ():
        return quantity.parse(item["value"]).milli
    raise Unknown("no metrics returned from custom metrics API")


async def external(client: Client, namespace: str, metric: Object) -> list[int]:
    """Return a metric of something outside, in thousandths."""
    path = f"{EXTERNAL}/namespaces/{namespace}/{quote(metric['name'])}"
    listed = await _get(client, path, {"labelSelector": _selector(metric)}, "external metrics")
    found = [quantity.parse(item["value"]).milli for item in listed.get("items") or ()]
    if not found:
        raise Unknown("no metrics returned from external metrics API")
    return found


async def _get(client: Client, path: str, query: Mapping[str, str], api: str) -> Object:
    try:
        return await client.get_path(path, query=query)
    except (StatusError, OSError) as error:
        raise Unknown(f"unable to fetch metrics from {api} API: {error}") from error


def _selector(metric: Object) -> str:
    selector = metric.get("selector")
    return str(selectors.from_object(selector)) if selector else ""


def _time(item: Object, now: float) -> float:
    return parse_rfc3339(item["timestamp"]) if item.get("timestamp") else now


def _seconds(window: str) -> float:
    """Return the seconds of a Go duration as metrics APIs write it: "30s", "1m0s", "15.1s"."""
    total, number = 0.0, ""
    for letter in window:
        if letter.isdigit() or letter == ".":
            number += letter
        else:
            total += float(number or 0) * {"h": 3600.0, "m": 60.0, "s": 1.0}.get(letter, 0.0)
            number = ""
    return total
