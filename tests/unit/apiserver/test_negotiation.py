"""Which form a client gets."""

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.apiserver import negotiation
from kubewheel.apiserver.negotiation import Form
from kubewheel.libs.wire import Request

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.mark.parametrize(("accept", "expected"), [
    pytest.param("", Form(), id="none"),
    pytest.param("*/*", Form(), id="any"),
    pytest.param("application/json, */*", Form(), id="json"),
    pytest.param("application/yaml", Form("application/yaml"), id="yaml"),
    pytest.param("application/vnd.kubernetes.protobuf,application/json", Form(), id="protobuf-or-json"),
    pytest.param(TABLE, Form("application/json", "Table", "v1", "meta.k8s.io"), id="table"),
    pytest.param("application/json;as=Other;v=v1,application/json", Form(), id="unknown-shape"),
    pytest.param("application/yaml;q=0.5,application/json", Form(), id="quality"),
])
def test_negotiate(accept: str, expected: Form) -> None:
    assert negotiation.negotiate(Request("GET", "/", headers={"accept": accept}), ("Table",)) == expected


@pytest.mark.parametrize("accept", ["application/vnd.kubernetes.protobuf", "text/html", TABLE])
def test_not_acceptable(accept: str) -> None:
    with pytest.raises(StatusError) as caught:
        negotiation.negotiate(Request("GET", "/", headers={"accept": accept}))
    assert caught.value.code == 406


def test_pretty() -> None:
    form = negotiation.negotiate(Request("GET", "/", {"pretty": ["true"]}))
    assert form.pretty
    assert not form.is_plain
