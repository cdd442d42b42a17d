"""Health: named checks behind /healthz, /livez and /readyz."""

from collections.abc import Callable, Mapping

from kubewheel.api import errors
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Response

Check = Callable[[], str]
"""Returns what is wrong, or an empty text."""


class Health:
    """The checks of one server. Those in `ready_only` say nothing about whether the server lives."""

    def __init__(self) -> None:
        self.checks: dict[str, Check] = {"ping": lambda: ""}
        self.ready_only: dict[str, Check] = {}

    def answer(self, exchange: Exchange) -> Response:
        """Return 200 or 500 and the checks, if the client wants to see them."""
        endpoint, _, name = exchange.request.path.strip("/").partition("/")
        checks = dict(self.checks)
        if endpoint == "readyz":
            checks |= self.ready_only
        if name:
            if name not in checks:
                raise errors.path_not_found()
            fault = checks[name]()
            return _text(500, f"internal server error: {fault}\n") if fault else _text(200, "ok")
        return self._all(exchange, endpoint, checks)

    def _all(self, exchange: Exchange, endpoint: str, checks: Mapping[str, Check]) -> Response:
        excluded = set(exchange.request.query.get("exclude", ()))
        faults = {name: check() for name, check in checks.items() if name not in excluded}
        failed = any(faults.values())
        if not failed and "verbose" not in exchange.request.query:
            return _text(200, "ok")
        lines = [_line(name, faults.get(name)) for name in checks]
        if unknown := sorted(excluded - set(checks)):
            shown = ",".join(f'"{name}"' for name in unknown)
            lines.append(f"warn: some health checks cannot be excluded: no matches for {shown}")
        lines.append(f"{endpoint} check {'failed' if failed else 'passed'}")
        return _text(500 if failed else 200, "\n".join(lines) + "\n")


def _line(name: str, fault: str | None) -> str:
    """Return the line of one check; it tells strangers no more than whether all is well."""
    if fault is None:
        return f"[+]{name} excluded: ok"
    return f"[-]{name} failed: reason withheld" if fault else f"[+]{name} ok"


def _text(status: int, text: str) -> Response:
    return Response(
        status, {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}, body=text.encode()
    )
