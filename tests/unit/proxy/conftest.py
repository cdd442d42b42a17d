"""Objects that the proxy reads."""

from typing import Any

import pytest


class Build:
    """Makes Services and EndpointSlices."""

    @staticmethod
    def service(name: str = "web", **spec: Any) -> dict[str, Any]:
        ports = spec.pop("ports", [{"port": 80, "protocol": "TCP", "targetPort": 8080}])
        return {
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.20", "ports": ports, **spec},
        }

    @staticmethod
    def slice(*addresses: str, node: str = "node-0", port: int = 8080, **conditions: bool) -> dict[str, Any]:
        return {
            "metadata": {
                "name": "web-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"},
            },
            "addressType": "IPv4",
            "ports": [{"name": "", "port": port, "protocol": "TCP"}],
            "endpoints": [
                {"addresses": [address], "nodeName": node, "conditions": conditions or {"ready": True}}
                for address in addresses
            ],
        }


@pytest.fixture
def build() -> type[Build]:
    return Build
