"""Who asks: the kinds of credentials, tried in upstream's order; the first that fits wins."""

from collections.abc import Sequence

from kubewheel.api import errors
from kubewheel.apiserver.authn import jwt
from kubewheel.apiserver.authn.everybody import ANONYMOUS, complete
from kubewheel.apiserver.authn.front_proxy import FrontProxyHeaders
from kubewheel.apiserver.authn.service_account import Bearer, ServiceAccounts
from kubewheel.apiserver.authn.token_file import TokenFile
from kubewheel.apiserver.authn.x509_certificate import Certificates
from kubewheel.apiserver.exchange import Exchange, Handler
from kubewheel.apiserver.settings import ApiServerSettings
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Identity, Request, Response

WEBSOCKET_BEARER = "base64url.bearer.authorization.k8s.io."


class Authenticator:
    """Finds the identity behind a request."""

    def __init__(self, settings: ApiServerSettings, accounts: ServiceAccounts, clock: Clock) -> None:
        self._certificates = Certificates(settings.client_ca, clock)
        self._front_proxy = FrontProxyHeaders(settings.front_proxy, clock) if settings.front_proxy else None
        self._tokens = TokenFile({token: complete(identity) for token, identity in settings.tokens.items()})
        self._accounts = accounts
        self._settings = settings

    async def __call__(self, exchange: Exchange, handle: Handler) -> Response:
        """Set the exchange's identity, or refuse with 401."""
        if exchange.request.identity is not None and exchange.in_memory:
            exchange.identity = complete(exchange.request.identity)
        else:
            exchange.identity = self.identify(exchange.request)
        return await handle(exchange)

    def identify(self, request: Request) -> Identity:
        """Return who sent `request`; raise 401 if its credentials are wrong."""
        identity = self._front_proxy.identify(request) if self._front_proxy else None
        if identity is None:
            identity = self._certificates.identify(request)
        token = bearer_token(request)
        if identity is None and token is not None:
            bearer = self.identify_token(token)
            if bearer is None:
                raise errors.unauthorized()
            identity = bearer.identity
        if identity is not None:
            return complete(identity)
        if not self._settings.anonymous:
            raise errors.unauthorized()
        return ANONYMOUS

    def identify_token(self, token: str, audiences: Sequence[str] = ()) -> Bearer | None:
        """Return whom a bearer token stands for; static tokens are for this server's own audiences only."""
        own = tuple(each for each in audiences if each in self._settings.audiences) if audiences else ()
        static = self._tokens.identify_token(token)
        if static is not None:
            return Bearer(static, own or self._settings.audiences) if own or not audiences else None
        return self._accounts.identify_token(token, audiences)


def bearer_token(request: Request) -> str | None:
    """Return the bearer token of `request`, from its header or a websocket's subprotocol."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return _websocket_token(request)


def _websocket_token(request: Request) -> str | None:
    for protocol in request.headers.get("sec-websocket-protocol", "").split(","):
        if protocol.strip().startswith(WEBSOCKET_BEARER):
            try:
                return jwt.decode_segment(protocol.strip().removeprefix(WEBSOCKET_BEARER)).decode()
            except ValueError:
                return ""
    return None
