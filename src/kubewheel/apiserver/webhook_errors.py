"""Why a webhook could not be called, in the words that upstream's clients know."""

import socket
import ssl

from kubewheel.api import errors
from kubewheel.libs.http_client import Unavailable
from kubewheel.libs.wire import Response

TIMED_OUT = "context deadline exceeded"
UNTRUSTED = "x509: certificate signed by unknown authority"
# Codes of X509_verify_cert_error_string.
CERTIFICATE_FAULTS = {
    10: "x509: certificate has expired or is not yet valid", 9: "x509: certificate has expired or is not yet valid",
    18: UNTRUSTED, 19: UNTRUSTED, 20: UNTRUSTED, 21: UNTRUSTED,
}
UNEXPLAINED = {
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    409: "the server reported a conflict",
    410: "the server no longer serves this version",
    422: "the server rejected our request due to an error in our request",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted, but may still be processing the request",
}
SHOWN_CHARACTERS = 2048


class CallFailed(Exception):
    """A webhook gave no answer that can be used. `is_early`: it was not even asked."""

    def __init__(self, detail: str, *, code: int = 503, is_early: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.is_early = is_early


def explain(error: Exception) -> str:
    """Return why a request got no answer."""
    if isinstance(error, Unavailable):
        cause = error.__cause__
        if cause is None:
            return str(error)
        return explain(cause) if isinstance(cause, Exception) else str(cause)
    if isinstance(error, TimeoutError):
        return TIMED_OUT
    if isinstance(error, ssl.SSLCertVerificationError):
        text = CERTIFICATE_FAULTS.get(error.verify_code) or f"x509: {error.verify_message}"
        return f"tls: failed to verify certificate: {text}"
    if isinstance(error, ConnectionRefusedError):
        return "dial tcp: connect: connection refused"
    if isinstance(error, socket.gaierror):
        return "dial tcp: lookup: no such host"
    return str(error)


def of_status(response: Response) -> CallFailed:
    """Return what an answer with another status than 200 says."""
    found = response.object
    if found is not None and found.get("kind") == "Status" and found.get("status") != "Success":
        return CallFailed(errors.from_status(found).message, code=response.status)
    text = (response.body or response.encoded or b"unknown").decode(errors="replace").strip()[:SHOWN_CHARACTERS]
    if response.status == 403:
        detail = text
    elif response.status in UNEXPLAINED:
        detail = UNEXPLAINED[response.status]
    elif response.status >= 500:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        detail = f'an error on the server ("{escaped}") has prevented the request from succeeding'
    else:
        detail = f"the server responded with the status code {response.status} but did not return more information"
    return CallFailed(detail, code=response.status)
