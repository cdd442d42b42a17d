"""Downward API: fields of the pod and amounts of its resources, as environment values and file contents. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.api import quantity
from kubewheel.kubelet import pods, resources
from kubewheel.libs.wire import Object

SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


class UnknownField(Exception):
    """The field cannot be referred to."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the pod's fields need from outside of the pod."""

    host_ips: tuple[str, ...] = ()
    pod_ips: tuple[str, ...] = ()
    allocatable: Mapping[str, str] | None = None


def quoted_lines(values: Mapping[str, str]) -> str:
    """Return labels or annotations as a downward volume shows them, sorted, one a line."""
    return "\n".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(values.items()))


def field(pod: Object, path: str, facts: Facts) -> str:
    """Return the value of a fieldRef; raise UnknownField."""
    metadata = pod["metadata"]
    subscript = SUBSCRIPT.fullmatch(path)
    if subscript:
        return str((metadata.get(subscript[1]) or {}).get(subscript[2], ""))
    if path in ("metadata.labels", "metadata.annotations"):
        return quoted_lines(metadata.get(path.partition(".")[2]) or {})
    values = {
        "metadata.name": pods.name(pod),
        "metadata.namespace": pods.namespace(pod),
        "metadata.uid": pods.uid(pod),
        "spec.nodeName": str(pods.spec(pod).get("nodeName", "")),
        "spec.serviceAccountName": str(pods.spec(pod).get("serviceAccountName", "")),
        "status.hostIP": facts.host_ips[0] if facts.host_ips else "",
        "status.hostIPs": ",".join(facts.host_ips),
        "status.podIP": facts.pod_ips[0] if facts.pod_ips else "",
        "status.podIPs": ",".join(facts.pod_ips),
    }
    if path not in values:
        raise UnknownField(f"unsupported fieldPath: {path}")
    return values[path]


def resource(pod: Object, reference: Mapping[str, Any], container_name: str, facts: Facts) -> str:
    """Return the value of a resourceFieldRef: an amount, divided and rounded up; raise UnknownField."""
    container = pods.container(pod, str(reference.get("containerName") or container_name))
    if container is None:
        raise UnknownField(f"container {reference.get('containerName')} not found")
    side, _, name = str(reference["resource"]).partition(".")
    if side not in ("limits", "requests"):
        raise UnknownField(f"unsupported container resource : {reference['resource']}")
    declared = (container.get("resources") or {}).get(side) or {}
    value = declared.get(name)
    if value is None and side == "limits":
        value = (facts.allocatable or {}).get(name)
    if value is None and side == "requests":
        value = resources_default(container, name)
    divisor = quantity.parse(reference.get("divisor") or "1")
    if divisor.nanos == 0:
        divisor = quantity.parse("1")
    return str(-(-quantity.of(value).nanos // divisor.nanos))


def resources_default(container: Mapping[str, Any], name: str) -> str | None:
    """Return the request that a limit implies."""
    found = resources.amounts(container, "requests").get(name)
    if found is None:
        return None
    return f"{found}m" if name == "cpu" else str(found)
