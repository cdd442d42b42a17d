"""Credentials: which of a pod's pull secrets fit an image."""

import base64
import json
from typing import Any

import pytest

from kubewheel.kubelet.credentials import find
from kubewheel.kubelet.runtime import Credentials


def secret(**registries: Any) -> dict[str, Any]:
    text = json.dumps({"auths": registries})
    data = {".dockerconfigjson": base64.b64encode(text.encode()).decode()}
    return {"type": "kubernetes.io/dockerconfigjson", "data": data}


def entry(name: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{name}:pw".encode()).decode()}


@pytest.mark.parametrize(("registry", "image", "fits"), [
    ("https://index.docker.io/v1/", "nginx", True), ("docker.io", "user/app:1", True),
    ("127.0.0.1:5000", "127.0.0.1:5000/a:1", True), ("127.0.0.1:5000", "127.0.0.1:5001/a:1", False),
    ("registry.example.com/team", "registry.example.com/team/app", True),
    ("registry.example.com/team", "registry.example.com/teamwork/app", False),
    ("*.example.com", "registry.example.com/app", True), ("*.example.com", "example.com/app", False),
    ("*.example.com", "a.b.example.com/app", False), ("http://a.b/v2/", "a.b/c", True),
])
def test_fits(registry: str, image: str, fits: bool) -> None:
    assert find(image, [secret(**{registry: entry("me")})]) == ([Credentials("me", "pw")] if fits else [])


def test_longest_path_first_and_both_kinds() -> None:
    old = {"type": "kubernetes.io/dockercfg",
           "data": {".dockercfg": base64.b64encode(json.dumps({"a.b/team": entry("team")}).encode()).decode()}}
    plain = secret(**{"a.b": {"username": "all", "password": "x"}})
    assert find("a.b/team/app", [plain, old]) == [Credentials("team", "pw"), Credentials("all", "x")]


def test_broken_secrets_are_passed_over() -> None:
    broken = {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": base64.b64encode(b"{").decode()}}
    assert find("nginx", [broken, {"type": "Opaque", "data": {}}]) == []
