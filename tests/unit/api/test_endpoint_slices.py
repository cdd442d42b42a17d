"""Whose endpoints a slice holds."""

import pytest

from kubewheel.api import endpoint_slices


@pytest.mark.parametrize(
    ("labels", "name", "keys"),
    [
        pytest.param({"kubernetes.io/service-name": "web"}, "web", ["shop/web"], id="owned"),
        pytest.param({"other": "x"}, "", [], id="of-nobody"),
        pytest.param(None, "", [], id="no-labels"),
    ],
)
def test_the_service_of_a_slice(labels, name, keys):
    piece = {"metadata": {"namespace": "shop", "name": "web-1", "labels": labels}}
    assert endpoint_slices.service_name(piece) == name
    assert endpoint_slices.service_keys(piece) == keys


def _piece(service, *addresses, ready=True, **ports):
    return {
        "metadata": {"name": "x", "namespace": "n", "labels": {"kubernetes.io/service-name": service}},
        "endpoints": [{"addresses": list(addresses), "conditions": {} if ready is None else {"ready": ready}}],
        "ports": [{"name": name, "port": port} for name, port in ports.items()],
    }


def test_ready_addresses_of_one_port():
    pieces = [
        _piece("web", "10.0.0.1", "10.0.0.2", http=80, https=443), _piece("web", "10.0.0.3", ready=None, http=8080),
        _piece("web", "10.0.0.4", ready=False, http=80), _piece("db", "10.0.0.5", http=80),
    ]
    assert endpoint_slices.ready(pieces, "web", "http") == [("10.0.0.1", 80), ("10.0.0.2", 80), ("10.0.0.3", 8080)]
    assert endpoint_slices.ready(pieces, "web", "other") == []
