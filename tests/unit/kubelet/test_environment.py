"""Environments: sources, order, expansion, and what is said of what is missing."""

import base64
from typing import Any

import pytest

from kubewheel.kubelet.environment import ConfigError, Surroundings, build, service_variables, visible_services
from kubewheel.kubelet.fields import Facts
from tests.unit.kubelet.build import container, pod


class Sources:
    def config_map(self, namespace: str, name: str) -> dict[str, Any] | None:
        return {"data": {"driver": "jdbc", "url": "x"}} if (namespace, name) == ("shop", "settings") else None

    def secret(self, namespace: str, name: str) -> dict[str, Any] | None:
        value = base64.b64encode(b"s3cret").decode()
        return {"data": {"password": value}} if (namespace, name) == ("shop", "creds") else None


def service(name: str, namespace: str, address: str, *ports: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"clusterIP": address, "ports": list(ports)}}


KUBERNETES = service("kubernetes", "default", "10.96.0.1", {"name": "https", "port": 443})
DATABASE = service("my-db", "shop", "10.96.0.7", {"port": 5432}, {"name": "web-ui", "port": 80, "protocol": "TCP"})


def environment(*variables: dict[str, Any], services: tuple[Any, ...] = (), **fields: Any) -> dict[str, str]:
    subject = container(env=list(variables), **fields)
    around = Surroundings(Sources(), services, Facts(("10.0.0.1",), ("10.0.0.9",), {"cpu": "4", "memory": "8Gi"}))
    return build(pod(subject, enableServiceLinks=bool(services)), subject, around)


def reference(kind: str, **fields: Any) -> dict[str, Any]:
    return {"name": "X", "valueFrom": {kind: fields}}


@pytest.mark.parametrize(("variable", "expected"), [
    (reference("configMapKeyRef", name="settings", key="driver"), "jdbc"),
    (reference("secretKeyRef", name="creds", key="password"), "s3cret"),
    (reference("fieldRef", fieldPath="metadata.name"), "web"),
    (reference("fieldRef", fieldPath="status.podIP"), "10.0.0.9"),
    (reference("fieldRef", fieldPath="status.hostIP"), "10.0.0.1"),
    (reference("resourceFieldRef", resource="limits.cpu"), "4"),
    (reference("configMapKeyRef", name="none", key="driver", optional=True), None),
    (reference("configMapKeyRef", name="settings", key="none", optional=True), None),
    ({"name": "X"}, ""),
])
def test_sources(variable: dict[str, Any], expected: str | None) -> None:
    assert environment(variable).get("X") == expected


@pytest.mark.parametrize(("variable", "message"), [
    (reference("configMapKeyRef", name="none", key="a"), 'configmap "none" not found'),
    (reference("configMapKeyRef", name="settings", key="a"),
     "couldn't find key a in ConfigMap shop/settings; it has driver, url"),
    (reference("secretKeyRef", name="none", key="a"), 'secret "none" not found'),
    (reference("secretKeyRef", name="creds", key="a"), "couldn't find key a in Secret shop/creds"),
    (reference("fieldRef", fieldPath="spec.nothing"), "unsupported fieldPath: spec.nothing"),
])
def test_faults(variable: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        environment(variable)
    assert str(caught.value) == message


def test_later_variables_see_earlier_ones() -> None:
    values = {"A": "1", "B": "$(A)$(C)$$(A)", "C": "2"}
    found = environment(*({"name": name, "value": value} for name, value in values.items()))
    assert found["B"] == "1$(C)$(A)"


def test_env_wins_over_env_from_and_services_come_last() -> None:
    found = environment(
        {"name": "P_url", "value": "mine"}, {"name": "KUBERNETES_SERVICE_HOST", "value": "far"},
        envFrom=[{"prefix": "P_", "configMapRef": {"name": "settings"}}], services=(KUBERNETES,),
    )
    assert (found["P_driver"], found["P_url"]) == ("jdbc", "mine")
    assert found["KUBERNETES_SERVICE_HOST"] == "far"
    assert list(found)[:2] == ["P_driver", "P_url"]


def test_missing_env_from() -> None:
    with pytest.raises(ConfigError, match='secret "none" not found'):
        environment(envFrom=[{"secretRef": {"name": "none"}}])
    assert environment(envFrom=[{"secretRef": {"name": "none", "optional": True}}]) == {}


def test_service_variables() -> None:
    assert service_variables([DATABASE]) == {
        "MY_DB_SERVICE_HOST": "10.96.0.7", "MY_DB_SERVICE_PORT": "5432", "MY_DB_SERVICE_PORT_WEB_UI": "80",
        "MY_DB_PORT": "tcp://10.96.0.7:5432", "MY_DB_PORT_5432_TCP": "tcp://10.96.0.7:5432",
        "MY_DB_PORT_5432_TCP_PROTO": "tcp", "MY_DB_PORT_5432_TCP_PORT": "5432",
        "MY_DB_PORT_5432_TCP_ADDR": "10.96.0.7", "MY_DB_PORT_80_TCP": "tcp://10.96.0.7:80",
        "MY_DB_PORT_80_TCP_PROTO": "tcp", "MY_DB_PORT_80_TCP_PORT": "80", "MY_DB_PORT_80_TCP_ADDR": "10.96.0.7",
    }
    assert service_variables([service("headless", "shop", "None", {"port": 1})]) == {}


@pytest.mark.parametrize(("links", "expected"), [(True, {"kubernetes", "my-db"}), (False, {"kubernetes"})])
def test_visible_services(links: bool, expected: set[str]) -> None:
    other = service("other", "elsewhere", "10.96.0.8", {"port": 1})
    found = visible_services([KUBERNETES, DATABASE, other], "shop", links=links)
    assert {each["metadata"]["name"] for each in found} == expected
