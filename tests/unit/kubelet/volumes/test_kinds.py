"""How a volume's kind is found, and what each kind makes."""

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kubewheel.kubelet.fields import Facts
from kubewheel.kubelet.volumes import kinds
from kubewheel.kubelet.volumes.kinds import Credentials, Mounted, Order, Supply, VolumeError
from kubewheel.kubelet.volumes.manager import Volumes, remove_directory
from kubewheel.libs import mounts
from tests.unit.kubelet.build import container, pod

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


class World:
    """Config map `settings`, secret `creds`, tokens, and claim `mine`."""

    place = Path("/nonexistent")

    def config_map(self, namespace: str, name: str) -> dict[str, Any] | None:
        binary = base64.b64encode(b"\xff").decode()
        return {"data": {"a": "1"}, "binaryData": {"b": binary}} if name == "settings" else None

    def secret(self, namespace: str, name: str) -> dict[str, Any] | None:
        return {"data": {"password": base64.b64encode(b"x").decode()}} if name == "creds" else None

    async def token(self, pod: Any, audience: str, expiration_seconds: int) -> str:
        return f"token for {audience} {expiration_seconds}"

    async def persistent_volume(self, pod: Any, claim_name: str) -> dict[str, Any]:
        if claim_name == "mine":
            return {"spec": {"local": {"path": str(self.place)}}}
        return {"spec": {"capacity": {"storage": "1Gi"}, "csi": {"driver": "x"}}}

    def trust_bundles(self) -> list[dict[str, Any]]:
        return []

    async def credentials(self, pod: Any, volume: str, index: int, source: Any) -> Credentials:
        if source["signerName"] == "slow":
            raise VolumeError("credential bundle is not issued yet")
        return Credentials(f"key {volume} {index};".encode(), b"chain")


WORLD = World()
SUPPLY = Supply(WORLD, WORLD, WORLD, WORLD, WORLD)


async def set_up(directory: Path, volume: dict[str, Any], **spec: Any) -> Mounted:
    field = kinds.field_of(volume)
    order = Order(pod(container(), **spec), "v", volume.get(field) or {}, directory, SUPPLY, Facts())
    return await kinds.find(field).set_up(order)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Path]:
    yield tmp_path / "v"
    remove_directory(tmp_path / "v")


@pytest.mark.parametrize(("volume", "field", "module"), [
    ({"name": "v", "emptyDir": {}}, "emptyDir", "empty_dir"), ({"name": "v"}, "emptyDir", "empty_dir"),
    ({"name": "v", "downwardAPI": {}}, "downwardAPI", "downward_api"), ({"name": "v", "nfs": {}}, "nfs", "nfs"),
    ({"name": "v", "persistentVolumeClaim": {}}, "persistentVolumeClaim", "persistent_volume_claim"),
])
def test_names(volume: dict[str, Any], field: str, module: str) -> None:
    assert kinds.field_of(volume) == field
    assert kinds.module_name(field) == module
    assert kinds.find(field)


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(VolumeError, match="volumes of kind rbd are not supported"):
        kinds.find("rbd")


@NEEDS_ROOT
async def test_certificates(place: Path) -> None:
    wanted = {"signerName": "a/b", "credentialBundlePath": "all", "keyPath": "k", "certificateChainPath": "c"}
    sources = [{"configMap": {"name": "settings"}}, {"podCertificate": wanted}]
    await set_up(place, {"projected": {"sources": sources}}, securityContext={"runAsUser": 77})
    assert {name: (place / name).read_text() for name in ("all", "k", "c")} == {
        "all": "key v 1;chain", "k": "key v 1;", "c": "chain",
    }
    about = (place / "k").stat()
    assert (about.st_mode & 0o777, about.st_uid) == (0o600, 77)
    sources[1] = {"podCertificate": {**wanted, "keyPath": "other", "user": 78}}
    await set_up(place, {"projected": {"sources": sources}})
    assert (place / "other").stat().st_uid == 78


async def test_every_source_is_asked_before_a_projected_volume_fails(place: Path) -> None:
    sources = [{"podCertificate": {"signerName": "slow"}}, {"clusterTrustBundle": {"name": "x", "path": "x"}}]
    with pytest.raises(VolumeError, match=r'^\[credential bundle is not issued yet, .* "x" not found\]$'):
        await set_up(place, {"projected": {"sources": sources}})


async def test_config_map(place: Path) -> None:
    mounted = await set_up(place, {"configMap": {"name": "settings"}})
    assert mounted == Mounted(place, read_only=True)
    assert ((place / "a").read_text(), (place / "b").read_bytes()) == ("1", b"\xff")
    items = [{"key": "a", "path": "deep/a", "mode": 0o600}]
    await set_up(place, {"configMap": {"name": "settings", "items": items}})
    assert (place / "deep/a").stat().st_mode & 0o777 == 0o600
    assert not (place / "a").exists()
    await set_up(place, {"configMap": {"name": "none", "optional": True}})


@pytest.mark.parametrize(("volume", "message"), [
    ({"configMap": {"name": "none"}}, 'configmap "none" not found'),
    ({"configMap": {"name": "settings", "items": [{"key": "k", "path": "k"}]}},
     r"configmap references non-existent config key: k \(its keys: a, b\)"),
    ({"secret": {"secretName": "none"}}, 'secret "none" not found'),
    ({"secret": {"secretName": "creds", "items": [{"key": "k", "path": "k"}]}},
     "references non-existent secret key: k"),
    ({"hostPath": {"path": "/nonexistent", "type": "File"}}, "hostPath type check failed: /nonexistent is not a file"),
    ({"hostPath": {"path": "/etc", "type": "Socket"}}, "hostPath type check failed: /etc is not a socket file"),
    ({"hostPath": {"path": "/dev/null", "type": "BlockDevice"}}, "/dev/null is not a block device"),
    ({"emptyDir": {"medium": "Paper"}}, "storage medium Paper is not supported"),
    ({"downwardAPI": {"items": [{"path": "x", "fieldRef": {"fieldPath": "spec.x"}}]}}, "unsupported fieldPath"),
    ({"persistentVolumeClaim": {"claimName": "other"}}, "persistent volumes of kind csi are not supported"),
    ({"persistentVolumeClaim": {"claimName": "mine"}}, 'path "/nonexistent" does not exist'),
    ({"projected": {"sources": [{"magic": {}}]}}, "projected sources of kind magic"),
])
async def test_faults(place: Path, volume: dict[str, Any], message: str) -> None:
    with pytest.raises(VolumeError, match=message):
        await set_up(place, volume)


async def test_host_path(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    assert await set_up(tmp_path, {"hostPath": {"path": str(fresh), "type": "DirectoryOrCreate"}}) == Mounted(fresh)
    assert fresh.is_dir()
    await set_up(tmp_path, {"hostPath": {"path": str(fresh / "file"), "type": "FileOrCreate"}})
    assert (fresh / "file").is_file()
    await set_up(tmp_path, {"hostPath": {"path": "/dev/null", "type": "CharDevice"}})


async def test_empty_dir_keeps_its_contents(place: Path) -> None:
    await set_up(place, {"emptyDir": {}})
    (place / "x").touch()
    await set_up(place, {"emptyDir": {}})
    assert (place / "x").exists()
    assert place.stat().st_mode & 0o777 == 0o777


@pytest.mark.root
@NEEDS_ROOT
async def test_memory(place: Path) -> None:
    await set_up(place, {"emptyDir": {"medium": "Memory", "sizeLimit": "64Ki"}}, securityContext={"fsGroup": 77})
    assert mounts.is_mount_point(place)
    with pytest.raises(OSError, match="No space left"):
        (place / "x").write_bytes(bytes(1 << 20))


@pytest.mark.root
@NEEDS_ROOT
async def test_secrets_and_tokens_lie_in_memory(place: Path) -> None:
    sources = [
        {"secret": {"name": "creds"}}, {"configMap": {"name": "settings", "items": [{"key": "a", "path": "a"}]}},
        {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
        {"serviceAccountToken": {"path": "token", "audience": "vault", "expirationSeconds": 700}},
    ]
    await set_up(place, {"projected": {"sources": sources}}, securityContext={"runAsUser": 42})
    assert mounts.is_mount_point(place)
    assert (place / "token").read_text() == "token for vault 700"
    assert ((place / "token").stat().st_uid, (place / "token").stat().st_mode & 0o777) == (42, 0o600)
    assert ((place / "name").read_text(), (place / "password").read_text(), (place / "a").read_text()) == (
        "web", "x", "1",
    )


@pytest.mark.root
@NEEDS_ROOT
async def test_manager_sets_up_what_is_used_and_tears_down(tmp_path: Path) -> None:
    volumes = Volumes(tmp_path / "pods", SUPPLY)
    await volumes.share()
    try:
        subject = pod(
            container(volumeMounts=[{"name": "a", "mountPath": "/a"}, {"name": "s", "mountPath": "/s"},
                                    {"name": "bad", "mountPath": "/b"}]),
            volumes=[{"name": "a", "emptyDir": {}}, {"name": "s", "secret": {"secretName": "creds"}},
                     {"name": "bad", "secret": {"secretName": "none"}}, {"name": "unused", "rbd": {}}],
        )
        outcome = await volumes.set_up(subject, Facts())
        assert set(outcome.ready) == {"a", "s"}
        assert outcome.failed == {"bad": 'secret "none" not found'}
        uid = subject["metadata"]["uid"]
        assert volumes.known() == [uid]
        await volumes.tear_down(uid)
        assert not (tmp_path / "pods" / uid / "volumes").exists()
        await volumes.forget(uid)
        await volumes.forget(uid)
        assert volumes.known() == []
    finally:
        for point in mounts.below(tmp_path):
            mounts.unmount(point)


@pytest.mark.root
@NEEDS_ROOT
def test_removal_spares_what_is_mounted_inside(tmp_path: Path) -> None:
    precious, inside = tmp_path / "precious", tmp_path / "pod" / "volumes" / "v"
    precious.mkdir()
    (precious / "file").touch()
    inside.mkdir(parents=True)
    mounts.mount(str(precious), inside, flags=mounts.MS_BIND)
    remove_directory(tmp_path / "pod")
    assert (precious / "file").exists()
    assert not (tmp_path / "pod").exists()
