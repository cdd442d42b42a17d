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
            checks = {name: checks[name]}
        excluded = set(exchange.request.query.get("exclude", ()))
        faults = {each: check() for each, check in checks.items() if each not in excluded}
        return self._written(exchange, endpoint, faults, excluded & set(checks))

    def _written(
        self, exchange: Exchange, endpoint: str, faults: Mapping[str, str], excluded: set[str]
    ) -> Response:
        failed = any(faults.values())
        verbose = "verbose" in exchange.request.query
        if not failed and not verbose:
            return _text(200, "ok")
        lines = [f"[-]{name} failed: reason withheld" if fault else f"[+]{name} ok" for name, fault in faults.items()]
        lines += [f"[+]{name} excluded: ok" for name in sorted(excluded)]
        lines.append(f"{endpoint} check {'failed' if failed else 'passed'}")
        return _text(500 if failed else 200, "\n".join(lines) + "\n")


def _text(status: int, text: str) -> Response:
    return Response(
        status, {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}, body=text.encode()
    )
