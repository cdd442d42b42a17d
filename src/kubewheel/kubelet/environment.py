"""A container's environment: services, config maps, secrets, fields and literals, in upstream's order. Pure."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kubewheel.kubelet import expansion, fields, pods
from kubewheel.libs.wire import Object

MASTER_SERVICE, MASTER_NAMESPACE = "kubernetes", "default"


class ConfigError(Exception):
    """The container cannot be configured; the text is for its waiting message (CreateContainerConfigError)."""


class Sources(Protocol):
    """Where config maps and secrets come from."""

    def config_map(self, namespace: str, name: str) -> Object | None:
        """Return a config map, or None."""
        ...

    def secret(self, namespace: str, name: str) -> Object | None:
        """Return a secret, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the environment needs from outside of the pod."""

    sources: Sources
    services: Iterable[Object]
    facts: fields.Facts


def service_variables(services: Iterable[Object]) -> dict[str, str]:
    """Return the variables that announce services, as Docker's links did."""
    found: dict[str, str] = {}
    for service in services:
        spec = service.get("spec") or {}
        address, ports = spec.get("clusterIP") or "", spec.get("ports") or ()
        if address in ("", "None") or not ports:
            continue
        prefix = service["metadata"]["name"].upper().replace("-", "_")
        found[f"{prefix}_SERVICE_HOST"] = address
        found[f"{prefix}_SERVICE_PORT"] = str(ports[0]["port"])
        for port in ports:
            if port.get("name"):
                found[f"{prefix}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
        found.update(_link_variables(prefix, address, ports))
    return found


def _link_variables(prefix: str, address: str, ports: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    shown = f"[{address}]" if ":" in address else address
    found: dict[str, str] = {}
    for index, port in enumerate(ports):
        protocol, number = str(port.get("protocol") or "TCP"), port["port"]
        url = f"{protocol.lower()}://{shown}:{number}"
        if index == 0:
            found[f"{prefix}_PORT"] = url
        stem = f"{prefix}_PORT_{number}_{protocol}"
        found |= {stem: url, f"{stem}_PROTO": protocol.lower(), f"{stem}_PORT": str(number), f"{stem}_ADDR": address}
    return found


def visible_services(services: Iterable[Object], namespace: str, *, links: bool) -> list[Object]:
    """Return the services that a pod is told of: the API's, and with `links` those of its namespace."""
    chosen: dict[str, Object] = {}
    for service in services:
        metadata = service["metadata"]
        if metadata["name"] == MASTER_SERVICE and metadata["namespace"] == MASTER_NAMESPACE:
            chosen.setdefault(MASTER_SERVICE, service)
        elif links and metadata["namespace"] == namespace:
            chosen[metadata["name"]] = service
    return list(chosen.values())


def decoded(secret: Object) -> dict[str, bytes]:
    """Return a secret's values."""
    return {key: base64.b64decode(value) for key, value in (secret.get("data") or {}).items()}


def _config_map(source: Mapping[str, Any], namespace: str, sources: Sources) -> Mapping[str, str] | None:
    found = sources.config_map(namespace, source["name"])
    if found is None:
        if source.get("optional"):
            return None
        raise ConfigError(f'configmap "{source["name"]}" not found')
    return found.get("data") or {}


def _secret(source: Mapping[str, Any], namespace: str, sources: Sources) -> Mapping[str, str] | None:
    found = sources.secret(namespace, source["name"])
    if found is None:
        if source.get("optional"):
            return None
        raise ConfigError(f'secret "{source["name"]}" not found')
    return {key: value.decode(errors="replace") for key, value in decoded(found).items()}


def _from_all(pod: Object, container: pods.ContainerSpec, sources: Sources) -> dict[str, str]:
    """Return what envFrom gives."""
    result: dict[str, str] = {}
    namespace = pods.namespace(pod)
    for source in container.get("envFrom") or ():
        values: Mapping[str, str] | None = None
        if "configMapRef" in source:
            values = _config_map(source["configMapRef"], namespace, sources)
        elif "secretRef" in source:
            values = _secret(source["secretRef"], namespace, sources)
        prefix = source.get("prefix") or ""
        for key, value in (values or {}).items():
            if "=" not in key:
                result[prefix + key] = value
    return result


def _from_one(
    pod: Object, container: pods.ContainerSpec, source: Mapping[str, Any], around: Surroundings
) -> str | None:
    """Return what a valueFrom gives; None leaves the variable out."""
    namespace = pods.namespace(pod)
    if "fieldRef" in source:
        return fields.field(pod, source["fieldRef"]["fieldPath"], around.facts)
    if "resourceFieldRef" in source:
        return fields.resource(pod, source["resourceFieldRef"], container["name"], around.facts)
    if "configMapKeyRef" in source:
        reference, word = source["configMapKeyRef"], "ConfigMap"
        values = _config_map(reference, namespace, around.sources)
    elif "secretKeyRef" in source:
        reference, word = source["secretKeyRef"], "Secret"
        values = _secret(reference, namespace, around.sources)
    else:
        raise ConfigError(f"environment source of an unsupported kind: {', '.join(source)}")
    if values is not None and reference["key"] in values:
        return values[reference["key"]]
    if reference.get("optional"):
        return None
    # A Secret's keys are not for everybody who may see the pod.
    known = f"; it has {', '.join(sorted(values)) or 'none'}" if values is not None and word == "ConfigMap" else ""
    raise ConfigError(f"couldn't find key {reference['key']} in {word} {namespace}/{reference['name']}{known}")


def build(pod: Object, container: pods.ContainerSpec, around: Surroundings) -> dict[str, str]:
    """Return a container's environment; raise ConfigError."""
    links = pods.spec(pod).get("enableServiceLinks", True) is not False
    announced = service_variables(visible_services(around.services, pods.namespace(pod), links=links))
    result = _from_all(pod, container, around.sources)
    for variable in container.get("env") or ():
        value = variable.get("value")
        if variable.get("valueFrom"):
            try:
                value = _from_one(pod, container, variable["valueFrom"], around)
            except fields.UnknownField as error:
                raise ConfigError(str(error)) from error
            if value is None:
                continue
        elif value:
            value = expansion.expand(value, {**announced, **result})
        result[variable["name"]] = value or ""
    for name, value in announced.items():
        result.setdefault(name, value)
    return result
