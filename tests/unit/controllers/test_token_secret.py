"""Data of token Secrets."""

import base64
from typing import Any

from kubewheel.controllers import token_secret

ACCOUNT: Any = {"metadata": {"name": "bot", "namespace": "ns", "uid": "u"}}


def secret(**data: str) -> Any:
    return {"metadata": {"name": "bot-token", "namespace": "ns"}, "data": data}


def sign(claims: Any) -> str:
    return f"token of {claims['sub']}"


def test_missing_data_is_added() -> None:
    found = token_secret.plan_data(secret(), ACCOUNT, sign, b"CA")
    assert {key: base64.b64decode(value).decode() for key, value in found.items()} == {
        "namespace": "ns", "ca.crt": "CA", "token": "token of system:serviceaccount:ns:bot",
    }


def test_present_token_stays() -> None:
    assert token_secret.plan_data(secret(token="b2xk", extra="eA=="), ACCOUNT, sign, b"")["token"] == "b2xk"


def test_claims() -> None:
    assert token_secret.claims(secret(), ACCOUNT) == {
        "iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:ns:bot",
        "kubernetes.io/serviceaccount/namespace": "ns", "kubernetes.io/serviceaccount/secret.name": "bot-token",
        "kubernetes.io/serviceaccount/service-account.name": "bot",
        "kubernetes.io/serviceaccount/service-account.uid": "u",
    }
