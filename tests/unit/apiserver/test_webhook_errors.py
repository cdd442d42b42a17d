"""Why a webhook could not be called."""

import ssl
from typing import Any

import pytest

from kubewheel.apiserver import webhook_errors
from kubewheel.libs.http_client import Unavailable
from kubewheel.libs.wire import Response


def caused(cause: Exception) -> Unavailable:
    error = Unavailable("cannot POST")
    error.__cause__ = cause
    return error


def untrusted(code: int, message: str = "m") -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("failed")
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(("error", "text"), [
    pytest.param(TimeoutError(), "context deadline exceeded", id="time"),
    pytest.param(caused(TimeoutError()), "context deadline exceeded", id="time-inside"),
    pytest.param(caused(untrusted(20)), "x509: certificate signed by unknown authority", id="authority"),
    pytest.param(untrusted(10), "x509: certificate has expired or is not yet valid", id="expired"),
    pytest.param(untrusted(62, "Hostname mismatch"), "x509: Hostname mismatch", id="name"),
    pytest.param(ConnectionRefusedError(), "connection refused", id="refused"),
    pytest.param(Unavailable("as it is"), "as it is", id="no-cause"),
])
def test_explain(error: Any, text: str) -> None:
    assert webhook_errors.explain(error).endswith(text)


def test_a_status_speaks_for_itself() -> None:
    status = {"kind": "Status", "status": "Failure", "message": "because", "code": 409}
    failure = webhook_errors.of_status(Response(409, object=status))
    assert (failure.detail, failure.code) == ("because", 409)
