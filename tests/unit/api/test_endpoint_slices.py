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
