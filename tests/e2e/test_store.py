"""What lies in the store: a start loses nothing, Secrets are encrypted, keys are rotated with the real kubectl."""

import base64
import contextlib
import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import etcd
from tests.e2e.conftest import new_cluster
from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually

TEMPLATE = """apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources:
  - secrets
  providers:
{providers}
"""
AES_CBC = """  - aescbc:
      keys:
"""
KEY = """      - name: {name}
        secret: {secret}
"""
IDENTITY = "  - identity: {}\n"


def keys(*names: str) -> str:
    secrets = {name: base64.b64encode(name.encode().ljust(32, b".")).decode() for name in names}
    return AES_CBC + "".join(KEY.format(name=name, secret=secret) for name, secret in secrets.items())


@pytest.fixture(scope="module")
def own(scratch: Path) -> Iterator[Cluster]:
    """A cluster without nodes that is started and stopped at will."""
    cluster = new_cluster(
        scratch, "store", "--runtime", "simulated", "--nodes", "0", "--without", "scheduler,controllers,node")
    cluster.up()
    yield cluster
    cluster.down(wipe=True)


@pytest.fixture(scope="module")
def member(scratch: Path) -> Iterator[etcd.Etcd]:
    with etcd.run(scratch / "etcd") as found:
        yield found


@pytest.fixture(scope="module")
def on_etcd(scratch: Path, member: etcd.Etcd) -> Iterator[Cluster]:
    """A cluster whose state is in etcd, its Events in another place of it."""
    encryption = scratch / "encrypted-etcd.yaml"
    encryption.write_text(TEMPLATE.format(providers=keys("key1")))
    cluster = new_cluster(
        scratch, "etcd", "--runtime", "simulated", "--nodes", "1", "--etcd-servers", member.url,
        "--encryption-provider-config", str(encryption))
    cluster.up()
    yield cluster
    cluster.down(wipe=True)


def start(cluster: Cluster, path: Path | str) -> None:
    cluster.down()
    cluster.kubewheel("up", "--encryption-provider-config", str(path))


def stored(cluster: Cluster) -> bytes:
    """Return the stored body of the Secret, read while nobody has the file open."""
    files = [path for path in cluster.data_dir.rglob("*.db") if path.is_file()]
    with contextlib.closing(sqlite3.connect(files[0])) as connection:
        rows = connection.execute(
            "SELECT body FROM versions WHERE resource = 'secrets' AND name = 's' ORDER BY revision DESC LIMIT 1")
        return bytes(rows.fetchone()[0])


def test_secrets_are_encrypted_and_keys_rotated(own: Cluster, scratch: Path) -> None:
    """Switched on, rotated, switched off by mistake: nothing is lost, and nothing stays in plain text."""
    path = scratch / "encryption.yaml"
    own.kubectl("create", "secret", "generic", "s", "--from-literal=word=swordfish")
    before = own.get("secret", "s")
    own.down()
    assert b'"word"' in stored(own)

    path.write_text(TEMPLATE.format(providers=AES_CBC + KEY.format(name="key1", secret="${ENCRYPTION_KEY}")))
    refused = own.kubewheel("up", "--encryption-provider-config", str(path), check=False)
    assert refused.code != 0
    assert "must be base64 encoded" in refused.err

    path.write_text(TEMPLATE.format(providers=keys("key1") + IDENTITY))
    start(own, path)
    assert own.get("secret", "s") == before, "plain text from before stays readable, with uid and resourceVersion"
    own.down()
    assert stored(own).startswith(b"k8s:enc:aescbc:v1:key1:")
    assert all(b"c3dvcmRmaXNo" not in file.read_bytes() for file in own.data_dir.rglob("*.db*"))

    path.write_text(TEMPLATE.format(providers=keys("key2", "key1")))
    start(own, path)
    own.down()
    assert stored(own).startswith(b"k8s:enc:aescbc:v1:key2:")

    path.write_text(TEMPLATE.format(providers=keys("key1")))
    lost = own.kubewheel("up", check=False)
    assert lost.code != 0
    assert "cannot decrypt secrets/" in lost.err + lost.out
    path.write_text(TEMPLATE.format(providers=keys("key2")))
    own.kubewheel("up")
    found = own.get("secret", "s")
    assert (found["data"], found["metadata"]["uid"]) == (before["data"], before["metadata"]["uid"])


def raw(member: etcd.Etcd, key: str) -> bytes:
    """Return what etcd has at `key`, asked through its JSON gateway as etcdctl would ask."""
    body = json.dumps({"key": base64.b64encode(key.encode()).decode()}).encode()
    with urllib.request.urlopen(f"{member.url}/v3/kv/range", body, timeout=10) as answer:
        found = json.load(answer)["kvs"]
    return base64.b64decode(found[0]["value"])


def test_a_cluster_in_etcd(on_etcd: Cluster, member: etcd.Etcd) -> None:
    """Pods run, Secrets are sealed, a killed etcd loses nothing, a restart finds everything."""
    on_etcd.kubectl("create", "secret", "generic", "s", "--from-literal=word=swordfish")
    assert raw(member, "/registry/secrets/default/s").startswith(b"k8s:enc:aescbc:v1:key1:")
    on_etcd.kubectl("create", "deployment", "web", "--image=web", "--replicas=3")
    on_etcd.kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    before = on_etcd.get("deployments,secrets,pods")

    member.kill()
    refused = on_etcd.kubectl("create", "configmap", "lost", check=False)
    assert refused.code != 0
    assert "etcd" in refused.err
    member.start()

    eventually(lambda: on_etcd.kubectl("create", "configmap", "c", check=False).code == 0, "no write succeeds again")
    assert names(on_etcd.get("deployments,secrets,pods")) == names(before)
    assert on_etcd.kubectl("get", "configmap", "lost", check=False).code != 0

    configuration = on_etcd.data_dir.parent / "encrypted-etcd.yaml"
    configuration.write_text(TEMPLATE.format(providers=keys("key2", "key1")))
    on_etcd.down()
    on_etcd.up()
    assert f"etcd: master 127.0.0.1:{member.client_port}" in on_etcd.kubewheel("status").out
    found = on_etcd.get("secret", "s")
    assert found == next(item for item in before["items"] if item["metadata"]["name"] == "s")
    rewrite(on_etcd)
    assert raw(member, "/registry/secrets/default/s").startswith(b"k8s:enc:aescbc:v1:key2:")
    moved = on_etcd.kubewheel("down")
    assert moved.code == 0
    refused = on_etcd.kubewheel("up", "--etcd-servers", "", check=False)
    assert "state is in etcd, which cannot become a file" in refused.err


def rewrite(cluster: Cluster) -> None:
    """Write every Secret as it is, as upstream's documentation has it."""
    listed = json.dumps(cluster.get("secrets", "-A"))
    cluster.kubectl("replace", "-f", "-", stdin=listed)


def names(listed: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(item["kind"], item["metadata"]["name"], item["metadata"]["uid"]) for item in listed["items"]}
