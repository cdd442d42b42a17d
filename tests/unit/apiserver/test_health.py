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


def test_one_check() -> None:
    health = Health()
    health.checks["etcd"] = lambda: "disk full"
    assert ask(health, "/healthz/etcd") == (500, "internal server error: disk full\n")
    assert ask(health, "/livez/ping", verbose=[""]) == (200, "ok")


def test_exclusions() -> None:
    health = Health()
    health.checks["etcd"] = lambda: "disk full"
    assert ask(health, "/livez", exclude=["etcd"], verbose=[""]) == (
        200, "[+]ping ok\n[+]etcd excluded: ok\nlivez check passed\n"
    )
    assert ask(health, "/livez", exclude=["no", "such"]) == (500, (
        "[+]ping ok\n[-]etcd failed: reason withheld\n"
        'warn: some health checks cannot be excluded: no matches for "no","such"\nlivez check failed\n'
    ))


def test_unknown_check() -> None:
    with pytest.raises(StatusError):
        ask(Health(), "/readyz/nothing")
