"""Back-off: delays double, end at a limit, and are forgotten."""

from kubewheel.kubelet.backoff import Backoff


def test_delays_double_up_to_the_limit() -> None:
    backoff, now, delays = Backoff(10, 300), 1000.0, []
    for _ in range(8):
        delays.append(backoff.ready_at("a", now) - now)
        now = backoff.ready_at("a", now)
        backoff.fail("a", now, now)
    assert delays == [0, 10, 20, 40, 80, 160, 300, 300]


def test_long_success_starts_anew() -> None:
    backoff = Backoff(10, 300)
    for _ in range(4):
        backoff.fail("a", 1000.0, 1000.0)
    assert backoff.delay("a") == 80
    assert backoff.ready_at("a", 1000.0 + 599) == 1000.0 + 599 + 80
    assert backoff.ready_at("a", 1000.0 + 601) == 1000.0 + 601
    backoff.fail("a", 1601.0, 1601.0)
    assert backoff.delay("a") == 10


def test_reset_forgets() -> None:
    backoff = Backoff(10, 300)
    backoff.fail("a", 0.0, 0.0)
    backoff.reset("a")
    assert backoff.ready_at("a", 5.0) == 5.0
    assert backoff.delay("a") == 0.0
