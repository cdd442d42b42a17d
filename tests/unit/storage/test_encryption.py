"""Encryption at rest: what is in the file, what can be read, how keys are rotated."""

import base64
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.storage import Key, Unavailable
from kubewheel.storage.encryption import Encryption, Undecipherable, Unfit, ciphers, parse
from kubewheel.storage.encryption.rules import Rule
from kubewheel.storage.sqlite import SqliteStore

OLD, NEW = base64.b64encode(b"o" * 32).decode(), base64.b64encode(b"n" * 32).decode()
SECRET = Key("secrets", "default", "s")
OTHER = Key("configmaps", "default", "c")
Provider = dict[str, Any]


def key(name: str, secret: str, provider: str = "aescbc") -> Provider:
    return {provider: {"keys": [{"name": name, "secret": secret}]}}


def configuration(*providers: Provider, resources: tuple[str, ...] = ("secrets",)) -> str:
    return repr({
        "apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration",
        "resources": [{"resources": list(resources), "providers": list(providers)}],
    })


def thing(word: str, name: str = "s") -> dict[str, Any]:
    return {"kind": "Secret", "metadata": {"name": name, "namespace": "default", "uid": "u"}, "word": word}


def bodies(path: Path, resource: str = "secrets") -> list[bytes]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT body FROM versions WHERE resource = ?", (resource,))]


Open = Callable[..., Awaitable[SqliteStore]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def opened(path: Path) -> Open:
    async def do(*providers: Provider) -> SqliteStore:
        return await SqliteStore.open(path, encryption=parse(configuration(*providers)) if providers else None)

    return do


@pytest.mark.parametrize("provider", ["aescbc", "aesgcm", "secretbox"])
async def test_the_file_holds_no_plain_secret(opened: Open, path: Path, provider: str) -> None:
    store = await opened(key("key1", OLD, provider))
    await store.write(SECRET, thing("swordfish"), expected=0)
    await store.write(OTHER, thing("plain", "c"), expected=0)
    await store.close()
    assert bodies(path)[0].startswith(f"k8s:enc:{provider}:v1:key1:".encode())
    assert b"swordfish" not in path.read_bytes()
    assert b"plain" in bodies(path, "configmaps")[0]
    again = await opened(key("key1", OLD, provider))
    found = again.get(SECRET)
    assert found is not None
    assert found.object["word"] == "swordfish"
    assert not found.is_stale
    await again.close()


async def test_plain_text_from_before_is_sealed_at_the_first_start(opened: Open, path: Path) -> None:
    store = await opened()
    entry = await store.write(SECRET, thing("swordfish"), expected=0)
    await store.write(SECRET, thing("tunafish"), expected=entry.revision)
    await store.close()
    store = await opened(key("key1", OLD), {"identity": {}})
    before = store.get(SECRET)
    assert before is not None
    assert before.object["word"] == "tunafish"
    assert [each.object["word"] for each in store.list("secrets", revision=entry.revision).entries] == ["swordfish"]
    files = [path, path.with_name(f"{path.name}-wal")]
    assert all(b"fish" not in file.read_bytes() for file in files if file.exists()), "nor in what was superseded"
    await store.close()
    assert all(body.startswith(b"k8s:enc:aescbc:v1:key1:") for body in bodies(path))


async def test_a_key_is_rotated_and_then_goes(opened: Open) -> None:
    store = await opened(key("key1", OLD))
    entry = await store.write(SECRET, thing("first"), expected=0)
    gone = await store.write(Key("secrets", "default", "gone"), thing("x", "gone"), expected=0)
    await store.close()
    store = await opened(key("key2", NEW), key("key1", OLD))
    entry = await store.write(SECRET, thing("first"), expected=entry.revision)
    await store.write(gone.key, None, expected=gone.revision)
    await store.close()
    store = await opened(key("key2", NEW))
    found = store.get(SECRET)
    assert found is not None
    assert found.object["word"] == "first"
    assert found.revision == entry.revision
    assert [each.key for each in store.list("secrets").entries] == [SECRET]
    assert store.revision > entry.revision, "revisions go on"
    await store.close()


async def test_an_object_whose_key_is_gone_stops_the_start_and_is_not_lost(opened: Open) -> None:
    store = await opened(key("key1", OLD))
    await store.write(SECRET, thing("kept"), expected=0)
    await store.close()
    for unfit in ([], [key("key2", NEW)], [key("key1", NEW)], [{"identity": {}}]):
        with pytest.raises(Unavailable, match="cannot decrypt secrets/default/s"):
            await opened(*unfit)
    store = await opened(key("key2", NEW), key("key1", OLD))
    assert store.get(SECRET) is not None
    await store.close()


@given(st.binary(max_size=100), st.sampled_from([ciphers.AesCbc, ciphers.AesGcm, ciphers.Secretbox]))
def test_ciphers_return_what_they_sealed_and_refuse_damage(plain: bytes, make: type[ciphers.AesCbc]) -> None:
    cipher, other = make("a", b"a" * 32), make("b", b"b" * 32)
    sealed = cipher.seal(plain, b"here")
    assert cipher.open(sealed, b"here") == plain
    assert plain == b"" or plain not in sealed or len(plain) < 4
    for damaged in (sealed[:-1], b"", sealed[:3]):
        with pytest.raises(Undecipherable):
            cipher.open(damaged, b"here")
    try:
        assert other.open(sealed, b"here") != plain
    except Undecipherable:
        pass


def test_gcm_values_stay_where_they_are() -> None:
    encryption = Encryption([Rule(frozenset({"secrets"}), (ciphers.AesGcm("a", b"a" * 32),))])
    sealed = encryption.seal(SECRET, b"x")
    with pytest.raises(Undecipherable):
        encryption.open(Key("secrets", "default", "other"), sealed)


@pytest.mark.parametrize(("named", "resource", "hit"), [
    ("secrets", "secrets", True), ("secrets", "secrets.example.com", False), ("*.", "secrets", True),
    ("*.", "deployments.apps", False), ("*.apps", "deployments.apps", True), ("*.*", "things.example.com", True),
])
def test_names_of_resources(named: str, resource: str, *, hit: bool) -> None:
    encryption = parse(configuration(key("k", OLD), resources=(named,)))
    assert encryption.seal(Key(resource, "", "x"), b"plain").startswith(b"k8s:enc:") is hit


@pytest.mark.parametrize(("text", "message"), [
    ("{", "no YAML"),
    ("kind: Other", "no EncryptionConfiguration"),
    (configuration(key("k", base64.b64encode(b"short").decode())),
     'resources[0].providers[0].aescbc.keys[0].secret: Invalid value: "REDACTED": '
     "secret is not of the expected length, got 5, expected one of [16 24 32]"),
    (configuration(key("k", "!!")), "secrets must be base64 encoded"),
    (configuration(key("k", "${ENCRYPTION_KEY}")), "secrets must be base64 encoded"),
    (configuration(key("", OLD)), "resources[0].providers[0].aescbc.keys[0].name: Required value"),
    (configuration({"identity": {}, **key("k", OLD)}), "more than one provider specified in a single element"),
    (configuration({}), "provider does not contain any of the expected providers"),
    (configuration(), "resources[0].providers: Required value"),
    (configuration({"kms": {"name": "x"}}), "key management plugins are not supported"),
    (configuration({"identity": {}, "extra": {}}), 'unknown field "resources[0].providers[0].extra"'),
    (configuration({"identity": {}}, resources=("secrets", "*.")), "overlapping resources"),
    (configuration({"identity": {}}, resources=("secrets", "secrets")), "cannot be specified multiple times"),
    (configuration({"identity": {}}, resources=("*",)), "use '*.' to encrypt all the resources"),
    (configuration({"identity": {}}, resources=("Secrets",)), "should not contain capital letters"),
    (configuration({"identity": {}}, resources=("events.events.k8s.io",)), "Use 'events' instead"),
    (configuration({"identity": {}}, resources=("pods.*",)), "across groups is not supported"),
])
def test_unfit_files_are_explained_without_secrets(text: str, message: str) -> None:
    with pytest.raises(Unfit) as found:
        parse(text)
    assert message in str(found.value)
    assert OLD not in str(found.value)
