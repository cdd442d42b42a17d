"""Kubeconfig files."""

import base64
from pathlib import Path

import pytest

from kubewheel.client import kubeconfig


def write(folder: Path, user: str) -> Path:
    (folder / "ca.pem").write_text("CA")
    path = folder / "config"
    path.write_text(f"""
apiVersion: v1
kind: Config
current-context: main
clusters:
- name: c
  cluster: {{server: "https://one:6443/", certificate-authority: ca.pem, tls-server-name: kubernetes}}
users:
- name: u
  user: {user}
contexts:
- name: main
  context: {{cluster: c, user: u, namespace: shop}}
- name: lost
  context: {{cluster: nowhere, user: u}}
""")
    return path


def test_client_certificate(tmp_path: Path) -> None:
    data = base64.b64encode(b"CERT").decode()
    found = kubeconfig.load(write(tmp_path, f"{{client-certificate-data: {data}, client-key-data: {data}}}"))
    assert found == kubeconfig.Access(
        server="https://one:6443", namespace="shop", authority=b"CA", server_name="kubernetes",
        certificate=b"CERT", key=b"CERT",
    )


def test_tokens_and_passwords(tmp_path: Path) -> None:
    assert kubeconfig.load(write(tmp_path, "{token: abc}")).token == "abc"
    assert kubeconfig.load(write(tmp_path, "{tokenFile: t}")).token_file == str(tmp_path / "t")
    basic = kubeconfig.load(write(tmp_path, "{username: me, password: pw}")).basic
    assert base64.b64decode(basic) == b"me:pw"


@pytest.mark.parametrize(("context", "text"), [
    pytest.param("lost", "no cluster 'nowhere'", id="unknown-cluster"),
    pytest.param("nope", "no context 'nope'", id="unknown-context"),
])
def test_faults_name_what_is_missing(tmp_path: Path, context: str, text: str) -> None:
    with pytest.raises(kubeconfig.KubeconfigError, match=text):
        kubeconfig.load(write(tmp_path, "{}"), context)


def test_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(kubeconfig.KubeconfigError, match="cannot read kubeconfig"):
        kubeconfig.load(tmp_path / "none")
