"""What only etcd has: several servers at one store, a store that goes away, keys and certificates."""

import asyncio
import contextlib
import datetime
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2

from kubewheel.libs import tls
from kubewheel.libs.clock import RealClock
from kubewheel.libs.etcd import client as etcd_client
from kubewheel.libs.etcd import regenerate
from kubewheel.libs.etcd.client import Client, Endpoints
from kubewheel.storage import Compacted, Conflict, Key, Unavailable
from kubewheel.storage.encryption import Encryption, ciphers
from kubewheel.storage.encryption.rules import Rule
from kubewheel.storage.etcd import EtcdStore
from kubewheel.storage.memory import MemoryStore
from kubewheel.storage.split import SplitStore
from tests import etcd
from tests.unit.storage.conftest import at, thing

SECRETS = Encryption([Rule(frozenset({"secrets"}), (ciphers.AesCbc("key1", b"k" * 32),))])
Open = Callable[..., Awaitable[EtcdStore]]


def make_certificates(paths: dict[str, tuple[Path, Path]]) -> None:
    """Write an authority and what it issues, for both uses, to certificate and key files."""
    now = datetime.datetime.now(datetime.UTC)
    authority = tls.make_authority("test", now, 1)
    for name, (certificate, key) in paths.items():
        pair = authority if name == "ca" else tls.issue(
            authority, tls.Subject(name, names=("127.0.0.1",)), now, 1)
        certificate.write_bytes(pair.certificate_pem())
        tls.write_private(key, pair.key_pem())


@pytest.fixture
def prefix() -> str:
    return f"/{uuid.uuid4().hex}"


@pytest.fixture
async def server(member: etcd.Etcd, prefix: str) -> AsyncIterator[Open]:
    """Open the store that an API server would have; every one of a test shares the prefix."""
    async with contextlib.AsyncExitStack() as opened:
        async def open_one(*urls: str, **options: Any) -> EtcdStore:
            client = Client(Endpoints(urls or (member.url,)))
            return await opened.enter_async_context(EtcdStore.opened(client, RealClock(), prefix=prefix, **options))

        yield open_one


@pytest.fixture
def own_member(tmp_path: Path) -> Iterator[etcd.Etcd]:
    with etcd.run(tmp_path / "etcd") as found:
        yield found


async def raw(member: etcd.Etcd, path: str) -> bytes:
    client = Client(Endpoints((member.url,)))
    reply = await client.call("Range", key=path.encode())
    await client.close()
    return bytes(reply.kvs[0].value)


async def test_what_one_server_writes_the_other_reads_when_it_has_caught_up(server: Open) -> None:
    one, two = await server(), await server()
    entry = await one.write(at("a", "n"), thing("a", "n", x=1), expected=0)
    await two.catch_up()
    found = two.get(at("a", "n"))
    assert found is not None
    assert (found.revision, found.object) == (entry.revision, entry.object)
    assert found.encoded == entry.encoded
    await two.write(at("a", "n"), None, expected=found.revision)
    await one.catch_up()
    assert one.get(at("a", "n")) is None


async def test_many_callers_catch_up_together(server: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await server()
    asked = []
    call = Client.call

    async def counted(self: Client, method: str, **fields: Any) -> Any:
        asked.append(method)
        return await call(self, method, **fields)

    monkeypatch.setattr(Client, "call", counted)
    await asyncio.gather(*(store.catch_up() for _ in range(50)))
    assert 1 <= len(asked) <= 2


async def test_catching_up_passes_what_others_keep_in_the_same_etcd(server: Open, member: etcd.Etcd) -> None:
    store = await server()
    stranger = Client(Endpoints((member.url,)))
    await stranger.call("Put", key=b"/elsewhere", value=b"1")
    await stranger.close()
    async with asyncio.timeout(5):
        await store.catch_up()


async def test_of_two_servers_one_wins_and_the_other_shows_the_winner(server: Open) -> None:
    one, two = await server(), await server()
    results = await asyncio.gather(
        *(store.write(at("a"), thing("a", by=n), expected=0) for n, store in enumerate((one, two))),
        return_exceptions=True)
    winners = [result for result in results if not isinstance(result, BaseException)]
    losers = [result for result in results if isinstance(result, Conflict)]
    assert (len(winners), len(losers)) == (1, 1)
    assert losers[0].current is not None
    assert losers[0].current.revision == winners[0].revision


async def test_a_stale_server_conflicts_with_a_removal(server: Open) -> None:
    one, two = await server(), await server()
    entry = await one.write(at("a"), thing("a"), expected=0)
    await two.catch_up()
    await two.write(at("a"), None, expected=entry.revision)
    with pytest.raises(Conflict) as caught:
        await one.write(at("a"), thing("a", x=2), expected=entry.revision)
    assert caught.value.current is None


async def test_watches_hear_of_other_servers(server: Open) -> None:
    one, two = await server(), await server()
    watch = two.watch("things", revision=two.revision)
    await one.write(at("a"), thing("a"), expected=0)
    async with asyncio.timeout(5):
        events = await anext(watch)
    assert [(event.type, event.entry.key.name) for event in events] == [("ADDED", "a")]


async def test_a_new_server_reads_more_than_a_page(server: Open) -> None:
    one = await server()
    await asyncio.gather(*(one.write(at(f"n{n:04}"), thing(f"n{n:04}"), expected=0) for n in range(1203)))
    two = await server()
    assert [entry.key for entry in two.list("things").entries] == [entry.key for entry in one.list("things").entries]
    assert two.list("things").revision >= one.revision


async def test_keys_are_where_upstream_has_them_and_secrets_are_sealed(
    server: Open, member: etcd.Etcd, prefix: str
) -> None:
    """The raw value bears the provider and not the plain text."""
    store = await server(encryption=SECRETS)
    entry = await store.write(Key("secrets", "default", "s"), thing("s", "default", word="swordfish"), expected=0)
    await store.write(Key("nodes", "", "n"), thing("n"), expected=0)
    sealed = await raw(member, f"{prefix}/secrets/default/s")
    assert sealed.startswith(b"k8s:enc:aescbc:v1:key1:")
    assert b"swordfish" not in sealed
    assert b"resourceVersion" not in await raw(member, f"{prefix}/nodes/n")
    again = await server(encryption=SECRETS)
    found = again.get(entry.key)
    assert found is not None
    assert found.object == entry.object
    with pytest.raises(Unavailable, match="cannot decrypt secrets/default/s"):
        await server()


async def test_a_killed_etcd_comes_back_with_everything(own_member: etcd.Etcd, server: Open) -> None:
    """Writes fail while it is away, none that was acknowledged is lost, watches go on."""
    store = await server(own_member.url)
    entry = await store.write(at("a"), thing("a"), expected=0)
    watch = store.watch("things", revision=store.revision)
    own_member.kill()
    with pytest.raises(Unavailable):
        await store.write(at("b"), thing("b"), expected=0)
    with pytest.raises(Unavailable):
        await store.catch_up()
    assert store.get(at("a")) is entry
    own_member.start()
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(Unavailable):
                await store.write(at("c"), thing("c"), expected=0)
                break
        names: list[str] = []
        while "c" not in names:
            names += [event.entry.key.name for event in await anext(watch)]
    await store.catch_up()
    assert store.get(at("a")) is entry


async def test_history_that_etcd_forgot_meanwhile_ends_watches_and_is_read_anew(
    own_member: etcd.Etcd, server: Open
) -> None:
    store = await server(own_member.url)
    kept = await store.write(at("kept"), thing("kept"), expected=0)
    gone = await store.write(at("gone"), thing("gone"), expected=0)
    watch = store.watch("things", revision=store.revision)
    follow, let_go = store._client.watch, asyncio.Event()

    async def late(prefix: bytes, *, revision: int) -> AsyncIterator[Any]:
        await let_go.wait()
        async for reply in follow(prefix, revision=revision):
            yield reply

    store._client.watch = late  # type: ignore[method-assign]
    own_member.kill()
    own_member.start()
    other = Client(Endpoints((own_member.url,)))
    async with EtcdStore.opened(other, RealClock(), prefix=store._prefix.decode()) as second:
        await second.write(gone.key, None, expected=gone.revision)
        fresh = await second.write(at("new"), thing("new"), expected=0)
        await other.call("Compact", revision=fresh.revision)
    let_go.set()
    async with asyncio.timeout(20):
        with pytest.raises(Compacted):
            await anext(watch)
    assert [entry.key.name for entry in store.list("things").entries] == ["kept", "new"]
    assert store.get(kept.key) is kept
    assert store.revision >= fresh.revision
    after = await store.write(at("later"), thing("later"), expected=0)
    assert store.get(at("later")) is after


async def test_the_next_member_is_asked_when_one_is_away(member: etcd.Etcd, server: Open) -> None:
    nobody = f"http://127.0.0.1:{etcd.free_ports(1)[0]}"
    store = await server(nobody, member.url)
    await store.write(at("a"), thing("a"), expected=0)
    assert store.get(at("a")) is not None


async def test_no_etcd_at_all_says_so(server: Open) -> None:
    with pytest.raises(Unavailable, match="etcd at http://127"):
        await server(f"http://127.0.0.1:{etcd.free_ports(1)[0]}")


async def test_certificates_are_needed_where_etcd_wants_them(tmp_path: Path) -> None:
    """Who has no certificate of the right authority is refused."""
    paths = {name: (tmp_path / f"{name}.crt", tmp_path / f"{name}.key") for name in ("ca", "server", "client")}
    make_certificates(paths)
    (authority, _), (certificate, key), (own, own_key) = paths.values()
    flags = [
        "--client-cert-auth", "--trusted-ca-file", str(authority), "--cert-file", str(certificate),
        "--key-file", str(key)]
    with etcd.run(tmp_path / "etcd", flags, scheme="https") as member:
        with pytest.raises(Unavailable):
            async with EtcdStore.opened(Client(Endpoints((member.url,), authority)), RealClock()):
                pass
        endpoints = Endpoints((member.url,), authority, own, own_key)
        async with EtcdStore.opened(Client(endpoints), RealClock()) as store:
            await store.write(at("a"), thing("a"), expected=0)
            assert store.get(at("a")) is not None


async def test_events_apart_do_not_take_other_objects_with_them(own_member: etcd.Etcd, server: Open) -> None:
    """Losing the store of Events loses no other object."""
    events = await server(own_member.url)
    main = MemoryStore()
    store = SplitStore(main, {"events": events})
    await store.write(at("a"), thing("a"), expected=0)
    lost = await store.write(at("e", "n", "events"), thing("e", "n"), expected=0)
    assert main.get(lost.key) is None
    assert store.get(lost.key) is lost
    assert store.revision_of("things") == main.revision
    assert store.revision_of("events") == lost.revision
    assert {entry.key.name for entry in store.entries()} == {"a", "e"}
    assert [entry.key.name for entry in store.list("events").entries] == ["e"]
    own_member.kill()
    with pytest.raises(Unavailable):
        await store.write(at("f", "n", "events"), thing("f", "n"), expected=0)
    await store.write(at("b"), thing("b"), expected=0)
    assert store.get(at("a")) is not None


def test_descriptors_are_those_of_the_source() -> None:
    kept = descriptor_pb2.FileDescriptorSet.FromString(etcd_client.DESCRIPTORS.read_bytes())
    fresh = descriptor_pb2.FileDescriptorSet.FromString(regenerate.compile_descriptors())
    assert kept == fresh, "run python -m kubewheel.libs.etcd.regenerate"
