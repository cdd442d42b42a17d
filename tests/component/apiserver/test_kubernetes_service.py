"""The Service `kubernetes` leads to this server."""

import pytest

from tests.component.apiserver.conftest import Cluster

SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"


@pytest.mark.conformance("kubernetes.default Endpoints and EndpointSlices")
async def test_endpoints_name_the_advertised_address(cluster: Cluster) -> None:
    service = await cluster.get("/api/v1/namespaces/default/services/kubernetes")
    [port] = service["spec"]["ports"]
    assert (port["name"], port["port"]) == ("https", 443)
    [subset] = (await cluster.get("/api/v1/namespaces/default/endpoints/kubernetes"))["subsets"]
    assert [each["ip"] for each in subset["addresses"]] == ["10.1.2.3"]
    found = (await cluster.get(f"{SLICES}?labelSelector=kubernetes.io/service-name=kubernetes"))["items"]
    assert [address for each in found for one in each["endpoints"] for address in one["addresses"]] == ["10.1.2.3"]
    assert [each["port"] for each in found[0]["ports"]] == [each["port"] for each in subset["ports"]]
