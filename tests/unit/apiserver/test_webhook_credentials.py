"""Users of a kubeconfig that are named like hosts."""

import base64
from typing import Any

import pytest

from kubewheel.apiserver import admission_settings, webhook_credentials
from kubewheel.apiserver.webhook_credentials import Credentials, WebhookUsers

ONE, TWO = Credentials("Bearer 1"), Credentials("Bearer 2")


@pytest.mark.parametrize(("users", "host", "port", "expected"), [
    pytest.param({"a.ns.svc": ONE, "*": TWO}, "a.ns.svc", 443, ONE, id="host"),
    pytest.param({"a.ns.svc": ONE, "*": TWO}, "a.ns.svc", 8443, TWO, id="other-port"),
    pytest.param({"a.ns.svc:8443": ONE}, "a.ns.svc", 8443, ONE, id="with-port"),
    pytest.param({"*.ns.svc": ONE}, "a.ns.svc", 443, ONE, id="domain"),
    pytest.param({"*.svc": ONE, "*.ns.svc": TWO}, "a.ns.svc", 443, TWO, id="closest-domain"),
    pytest.param({"b": ONE}, "a", 443, Credentials("now"), id="current-context"),
])
def test_towards(users: Any, host: str, port: int, expected: Credentials) -> None:
    assert WebhookUsers(users, Credentials("now")).towards(host, port) == expected


def load(**user: Any) -> WebhookUsers:
    files: dict[str, Any] = {
        "file": {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration", "plugins": [{
            "name": "MutatingAdmissionWebhook", "configuration": {
                "apiVersion": "apiserver.config.k8s.io/v1", "kind": "WebhookAdmissionConfiguration",
                "kubeConfigFile": "keys/users",
            },
        }]},
        "keys/users": {"users": [{"name": "*", "user": user}], "current-context": "c",
                       "contexts": [{"name": "c", "context": {"user": "*"}}]},
        "keys/cert": "CERT", "keys/key": "KEY",
    }
    return admission_settings.load("file", files.__getitem__, files.__getitem__).webhook_users[
        "MutatingAdmissionWebhook"
    ]


def test_forms_of_credentials() -> None:
    found = load(username="me", password="pw")
    assert found.users["*"] == found.current == Credentials("Basic bWU6cHc=")
    assert load(token="t").current.authorization == "Bearer t"
    assert load(**{"client-certificate": "cert", "client-key": "key"}).current == Credentials("", "CERT", "KEY")
    data = base64.b64encode(b"PEM").decode()
    assert load(**{"client-certificate-data": data, "client-key-data": data}).current == Credentials("", "PEM", "PEM")


@pytest.mark.parametrize(("user", "message"), [
    pytest.param({"exec": {}}, "exec cannot be used towards webhooks", id="exec"),
    pytest.param({"client-key-data": "UEVN"}, "belong together", id="half"),
    pytest.param({"client-key-data": "%"}, "client-key-data is no PEM in base64", id="no-base64"),
])
def test_what_cannot_be_used(user: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(**user)


def test_no_kubeconfig() -> None:
    with pytest.raises(ValueError, match="no kubeconfig"):
        webhook_credentials.parse([], "f", str)
