"""May the identity do that: the modes that the settings name, asked in order."""

from collections.abc import Callable, Mapping, Sequence

from kubewheel.apiserver.authz.attributes import NO_OPINION, Attributes, Mode, Opinion, Verdict, of_request, refusal
from kubewheel.apiserver.exchange import Exchange, Handler
from kubewheel.libs.wire import Response

MASTERS = "system:masters"
ALLOWED = Verdict(Opinion.ALLOW)


class AlwaysAllow:
    """Allows everything."""

    def decide(self, attributes: Attributes) -> Verdict:
        return ALLOWED


class AlwaysDeny:
    """Refuses everything, by having no opinion that allows."""

    def decide(self, attributes: Attributes) -> Verdict:
        return Verdict(Opinion.NONE, "Everything is forbidden.")


class Authorizer:
    """Asks the modes in order; who is in system:masters need not ask."""

    def __init__(self, modes: Sequence[Mode]) -> None:
        self._modes = tuple(modes)

    async def __call__(self, exchange: Exchange, handle: Handler) -> Response:
        """Let the request pass, or refuse it with 403."""
        if MASTERS not in exchange.identity.groups:
            self.require(of_request(exchange.identity, exchange.info))
        return await handle(exchange)

    def require(self, attributes: Attributes) -> None:
        """Raise 403 unless `attributes` are allowed."""
        verdict = self.decide(attributes)
        if not verdict.allowed:
            raise refusal(attributes, verdict.reason)

    def decide(self, attributes: Attributes) -> Verdict:
        """Return the first opinion, or none with the reasons of all modes."""
        if MASTERS in attributes.identity.groups:
            return ALLOWED
        reasons = []
        for mode in self._modes:
            verdict = mode.decide(attributes)
            if verdict.opinion is not Opinion.NONE:
                return verdict
            if verdict.reason:
                reasons.append(verdict.reason)
        return Verdict(Opinion.NONE, "\n".join(reasons)) if reasons else NO_OPINION


def choose(names: Sequence[str], makers: Mapping[str, Callable[[], Mode]]) -> Authorizer:
    """Return an authorizer with the modes called `names`; raise ValueError for an unknown or repeated one."""
    unknown = [name for name in names if name not in makers]
    if unknown:
        raise ValueError(f"unknown authorization mode {unknown[0]!r}; known are {', '.join(sorted(makers))}")
    if len(set(names)) != len(names):
        raise ValueError(f"an authorization mode is named twice in {','.join(names)}")
    if not names:
        raise ValueError("at least one authorization mode is needed")
    return Authorizer([makers[name]() for name in names])
