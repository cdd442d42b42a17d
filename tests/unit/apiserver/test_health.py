"""Health checks."""

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.health import Health
from kubewheel.libs.wire import Request


def ask(health: Health, path: str, **query: list[str]) -> tuple[int, str]:
    response = health.answer(Exchange(Request("GET", path, query)))
    return response.status, (response.body or b"").decode()


def test_all_well() -> None:
    assert ask(Health(), "/healthz") == (200, "ok")
    assert ask(Health(), "/readyz", verbose=[""]) == (200, "[+]ping ok\nreadyz check passed\n")
    assert ask(Health(), "/livez/ping") == (200, "ok")


def test_not_ready() -> None:
    health = Health()
    health.ready_only["boot"] = lambda: "not finished"
    assert ask(health, "/readyz") == (500, "[+]ping ok\n[-]boot failed: reason withheld\nreadyz check failed\n")
    assert ask(health, "/livez") == (200, "ok")
    assert ask(health, "/readyz", exclude=["boot"]) == (200, "ok")


def test_unknown_check() -> None:
    with pytest.raises(StatusError):
        ask(Health(), "/readyz/nothing")
