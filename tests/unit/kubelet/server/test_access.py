"""Who may ask a node for what."""

import datetime
from typing import Any

import pytest

from kubewheel.kubelet.server import access
from kubewheel.kubelet.server.access import Access, Denied
from kubewheel.libs import tls
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Request


class Reviews:
    """Answers reviews: one token is known, and what `allowed` holds."""

    def __init__(self, *allowed: tuple[str, str, str]) -> None:
        self.allowed = set(allowed)
        self.asked: list[dict[str, Any]] = []

    async def create(self, review: Any) -> Any:
        self.asked.append(review)
        spec = review["spec"]
        if review["kind"] == "TokenReview":
            known = spec["token"] == "good"
            user = {"username": "robot", "groups": ["bots"], "uid": "7", "extra": {"k": ["v"]}}
            return {**review, "status": {"authenticated": known, "user": user if known else {}}}
        attributes = spec["resourceAttributes"]
        key = (spec["user"], attributes["verb"], attributes["subresource"])
        return {**review, "status": {"allowed": key in self.allowed}}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/stats/summary", ("get", ("stats",))), ("GET", "/metrics", ("get", ("metrics",))),
        ("GET", "/metrics/resource", ("get", ("metrics",))), ("GET", "/pods", ("get", ("pods", "proxy"))),
        ("GET", "/healthz", ("get", ("healthz", "proxy"))), ("POST", "/exec/a/b/c", ("create", ("proxy",))),
        ("GET", "/containerLogs/a/b/c", ("get", ("proxy",))), ("GET", "/statsx", ("get", ("proxy",))),
    ],
)
def test_attributes(method: str, path: str, expected: tuple[str, tuple[str, ...]]):
    assert access.attributes(Request(method, path)) == expected


async def test_tokens_are_reviewed_once_in_a_while():
    reviews, clock = Reviews(("robot", "get", "proxy")), SteppedClock()
    checker = Access(reviews.create, "node-0", clock)
    request = Request("GET", "/pods", headers={"authorization": "Bearer good"})
    for _ in range(3):
        await checker.check(request)
    assert [each["kind"] for each in reviews.asked] == ["TokenReview"] + ["SubjectAccessReview"] * 2
    spec = reviews.asked[-1]["spec"]
    assert (spec["groups"], spec["uid"], spec["extra"]) == (["bots"], "7", {"k": ["v"]})
    assert spec["resourceAttributes"]["name"] == "node-0"
    clock.advance(access.ALLOWED_SECONDS + 1)
    await checker.check(request)
    assert len(reviews.asked) == 6


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer bad"}, {"authorization": "Basic good"}])
async def test_strangers_are_refused(headers: dict[str, str]):
    checker = Access(Reviews().create, "node-0", SteppedClock())
    with pytest.raises(Denied) as caught:
        await checker.check(Request("GET", "/pods", headers=headers))
    assert (caught.value.status, caught.value.message) == (401, "Unauthorized")


async def test_denials_are_kept_for_a_short_time():
    reviews, clock = Reviews(), SteppedClock()
    checker = Access(reviews.create, "node-0", clock)
    request = Request("POST", "/exec/a/b/c", identity=Identity("eve"))
    for _ in range(2):
        with pytest.raises(Denied) as caught:
            await checker.check(request)
        assert caught.value.message == "Forbidden (user=eve, verb=create, resource=nodes, subresource(s)=[proxy])\n"
    assert len(reviews.asked) == 1
    reviews.allowed.add(("eve", "create", "proxy"))
    clock.advance(access.DENIED_SECONDS + 1)
    await checker.check(request)


async def test_certificates_name_their_holders():
    now = datetime.datetime.now(datetime.UTC)
    authority = tls.make_authority("ca", now, 1)
    pair = tls.issue(authority, tls.Subject("apiserver", ("masters",)), now, 1)
    from cryptography.hazmat.primitives.serialization import Encoding

    der = pair.certificate.public_bytes(Encoding.DER)
    assert access.identity_of(der) == Identity("apiserver", ("masters", "system:authenticated"))
    checker = Access(Reviews(("apiserver", "get", "stats")).create, "node-0", SteppedClock())
    await checker.check(Request("GET", "/stats/summary", peer_certificate=der))


def test_what_is_kept_is_bounded():
    kept: access.Kept[int] = access.Kept(SteppedClock())
    for number in range(access.MAX_KEPT + 10):
        kept.put(number, number, 10)
    assert kept.get(0) is None
    assert kept.get(access.MAX_KEPT + 9) == access.MAX_KEPT + 9
