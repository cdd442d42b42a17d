"""How a pod's certificate is asked for, awaited, refused, and renewed."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kubewheel.kubelet import pod_certificates
from kubewheel.kubelet.pod_certificates import NOT_YET, PodCertificates
from kubewheel.kubelet.volumes.kinds import Credentials, VolumeError
from kubewheel.libs.clock import SteppedClock, rfc3339
from tests.unit.kubelet.build import UID, pod

SOURCE = {"signerName": "a/b", "keyType": "ED25519"}
NODE = {"metadata": {"name": "node-a", "uid": "n1"}}
DAY = 86400.0


class Requests:
    """An informer that shows what the test puts into it."""

    has_synced = True

    def __init__(self) -> None:
        self.listed: dict[str, Any] = {}

    def get(self, namespace: str, name: str) -> Any:
        return self.listed.get(name)


class Api:
    """Takes requests; knows the service account."""

    def __init__(self) -> None:
        self.made: list[Any] = []
        self.down = False

    async def get(self, kind: str, name: str, namespace: str = "") -> Any:
        if self.down:
            raise OSError("no answer")
        return {"metadata": {"name": name, "uid": "a1"}}

    async def create(self, request: Any) -> Any:
        self.made.append(request)
        return {**request, "metadata": {**request["metadata"], "name": f"req-{len(self.made)}"}}


class Events:
    """Collects events."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def event(self, about: Any, kind: str, reason: str, message: str) -> None:
        self.told.append(f"{reason}: {message}")


class World:
    """Certificates with everything that they need."""

    def __init__(self) -> None:
        self.clock, self.api, self.events, self.requests = SteppedClock(), Api(), Events(), Requests()
        self.refreshed: list[str] = []
        self.certificates = PodCertificates(
            self.api, self.clock, self.events, lambda: NODE, self.refreshed.append,  # type: ignore[arg-type]
        )
        self.certificates._requests = self.requests  # type: ignore[assignment]
        self.pod = pod(serviceAccountName="robot")

    async def ask(self, **source: Any) -> Credentials:
        return await self.certificates.credentials(self.pod, "v", 0, {**SOURCE, **source})

    async def problem(self) -> str:
        with pytest.raises(VolumeError) as caught:
            await self.ask()
        return str(caught.value)

    def decide(self, kind: str, number: int = 1, **status: Any) -> None:
        metadata = {"name": f"req-{number}", "namespace": "shop"}
        conditions = [{"type": kind, "status": "True", "reason": "Why", "message": "because"}]
        self.requests.listed[f"req-{number}"] = {
            "metadata": metadata, "spec": {"podUID": UID}, "status": {"conditions": conditions, **status},
        }

    def issue(self, number: int, content: bytes) -> None:
        now = self.clock.now()
        chain = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(content).decode()}\n-----END CERTIFICATE-----\n"
        self.decide(
            "Issued", number, certificateChain=f"x\n{chain}", beginRefreshAt=rfc3339(now + DAY / 2),
            notAfter=rfc3339(now + DAY),
        )


@asynccontextmanager
async def issued() -> AsyncIterator[tuple[World, Credentials]]:
    world = World()
    assert await world.problem() == NOT_YET
    world.issue(1, b"first")
    yield world, await world.ask()


async def test_asking() -> None:
    world = World()
    with pytest.raises(VolumeError):
        await world.ask(maxExpirationSeconds=3600, userAnnotations={"a/b": "c"})
    (request,) = world.api.made
    stub = request["spec"].pop("stubPKCS10Request")
    assert base64.b64decode(stub)
    assert request["spec"] == {
        "signerName": "a/b", "podName": "web", "podUID": UID, "serviceAccountName": "robot",
        "serviceAccountUID": "a1", "nodeName": "node-a", "nodeUID": "n1", "maxExpirationSeconds": 3600,
        "unverifiedUserAnnotations": {"a/b": "c"},
    }
    assert await world.problem() == NOT_YET
    assert len(world.api.made) == 1


async def test_a_new_one_replaces_the_old_one_in_time() -> None:
    async with issued() as (world, first):
        assert first.key.startswith(b"-----BEGIN PRIVATE KEY-----")
        assert b"x" not in first.chain.splitlines()
        world.clock.advance(DAY / 2 - 1)
        assert await world.ask() is first
        assert len(world.api.made) == 1
        world.clock.advance(1 + pod_certificates.JITTER_SECONDS)
        assert await world.ask() is first
        assert len(world.api.made) == 2
        world.issue(2, b"second")
        second = await world.ask()
        assert second.key != first.key
        assert second.chain != first.chain
        assert world.events.told == []


async def test_one_that_nobody_renews_is_kept_and_told_of() -> None:
    async with issued() as (world, first):
        world.api.down = True
        for _ in range(3):
            world.clock.advance(DAY)
            assert await world.ask() is first
        assert world.events.told == [
            "CertificateOverdueForRefresh: PodCertificate refresh overdue",
            "CertificateExpired: PodCertificate expired",
        ]


@pytest.mark.parametrize(("kind", "verb", "done"), [("Denied", "was denied", "denied"), ("Failed", "failed", "failed")])
async def test_a_refusal_is_for_good(kind: str, verb: str, done: str) -> None:
    world = World()
    await world.problem()
    world.decide(kind)
    text = f'PodCertificateRequest was permanently {done}: reason="Why" message="because"'
    assert [await world.problem() for _ in range(2)] == [text, text]
    assert world.events.told == [
        f'{kind}: PodCertificateRequest shop/req-1 {verb}, reason="Why", message="because"',
    ]
    assert len(world.api.made) == 1


async def test_a_deleted_request_is_made_again_after_a_while() -> None:
    world = World()
    await world.problem()
    world.clock.advance(pod_certificates.ABANDONED_SECONDS + 1)
    assert await world.problem() == NOT_YET
    assert len(world.api.made) == 2


async def test_faults_and_forgetting() -> None:
    world = World()
    world.api.down = True
    assert await world.problem() == "no answer"
    world.api.down = False
    await world.problem()
    world.issue(1, b"first")
    await world.ask()
    world.certificates.forget(UID)
    assert await world.problem() == NOT_YET
    assert len(world.api.made) == 2


async def test_only_decisions_wake_pods() -> None:
    world = World()
    world.decide("Issued")
    decided = world.requests.listed["req-1"]
    world.certificates._changed("ADDED", {**decided, "status": {}}, None)
    assert world.refreshed == []
    world.certificates._changed("MODIFIED", decided, None)
    world.certificates._changed("DELETED", None, decided)
    assert world.refreshed == [UID, UID]


async def test_a_node_that_is_not_there() -> None:
    world = World()
    certificates = PodCertificates(
        world.api, world.clock, world.events, lambda: None, world.refreshed.append,  # type: ignore[arg-type]
    )
    with pytest.raises(VolumeError, match="not registered yet"):
        await certificates.credentials(world.pod, "v", 0, SOURCE)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await certificates.run()
