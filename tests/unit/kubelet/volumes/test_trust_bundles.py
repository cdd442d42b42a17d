"""Which bundles a source means, and the file that they become."""

import base64
from typing import Any

import pytest

from kubewheel.kubelet.volumes import trust_bundles
from kubewheel.kubelet.volumes.kinds import VolumeError


def pem(content: bytes, kind: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {kind}-----\n{base64.b64encode(content).decode()}\n-----END {kind}-----\n"


def bundle(name: str, *contents: bytes, signer: str = "", **labels: str) -> dict[str, Any]:
    spec = {"trustBundle": "remark\n".join(pem(content) for content in contents), "signerName": signer}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}


BUNDLES = [
    bundle("free", b"0"), bundle("a:b:1", b"1", signer="a/b", zone="x"), bundle("a:b:2", b"2", signer="a/b"),
]


@pytest.mark.parametrize(("source", "names"), [
    pytest.param({"name": "free"}, ["free"], id="by-name"),
    pytest.param({"signerName": "a/b", "labelSelector": {}}, ["a:b:1", "a:b:2"], id="all-of-a-signer"),
    pytest.param({"signerName": "a/b", "labelSelector": {"matchLabels": {"zone": "x"}}}, ["a:b:1"], id="some"),
    pytest.param({"signerName": "a/b", "optional": True}, [], id="no-selector-matches-nothing"),
    pytest.param({"name": "none", "optional": True}, [], id="no-such-name"),
])
def test_select(source: dict[str, Any], names: list[str]) -> None:
    assert [each["metadata"]["name"] for each in trust_bundles.select(BUNDLES, source)] == names


@pytest.mark.parametrize(("source", "problem"), [
    ({"name": "none"}, 'clustertrustbundles.certificates.k8s.io "none" not found'),
    ({"signerName": "a/b"}, "combination of signerName and labelSelector matched zero"),
    ({"signerName": "c/d", "labelSelector": {}}, "combination of signerName and labelSelector matched zero"),
])
def test_missing(source: dict[str, Any], problem: str) -> None:
    with pytest.raises(VolumeError, match=problem):
        trust_bundles.select(BUNDLES, source)


def test_anchors_are_normalized() -> None:
    long = bytes(range(200))
    once = trust_bundles.anchors([bundle("x", long, b"2"), bundle("y", b"2", long)])
    assert once == trust_bundles.anchors([bundle("z", b"2", long)])
    assert sorted(trust_bundles.blocks(once.decode())) == sorted([long, b"2"])
    assert max(map(len, once.splitlines())) == 64
    assert trust_bundles.anchors([]) == b""


def test_blocks_without_their_headers() -> None:
    text = f"words\n{pem(b'key').replace('-----' + chr(10), '-----' + chr(10) + 'Proc-Type: 4' + chr(10) * 2, 1)}words"
    assert trust_bundles.blocks(text) == [b"key"]
