"""An authenticating proxy in front: its certificate vouches for the X-Remote-* headers that it sends."""

from collections.abc import Mapping
from urllib.parse import unquote

from kubewheel.apiserver.authn.x509_certificate import Certificates
from kubewheel.apiserver.settings import FrontProxy
from kubewheel.libs import http1
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Identity, Request


class FrontProxyHeaders:
    """Identifies users by headers, for requests whose client certificate is the proxy's."""

    def __init__(self, settings: FrontProxy, clock: Clock) -> None:
        self._settings = settings
        self._certificates = Certificates(settings.certificate_authority, clock)

    def identify(self, request: Request) -> Identity | None:
        """Return the user that the proxy names."""
        if request.peer_certificate is None:
            return None
        leaf = self._certificates.leaf(request.peer_certificate)
        if leaf is None:
            return None
        if self._settings.allowed_names and leaf.identity.name not in self._settings.allowed_names:
            return None
        return self._from_headers(request.headers)

    def _from_headers(self, headers: Mapping[str, str]) -> Identity | None:
        settings = self._settings
        name = next((headers[each.lower()] for each in settings.username_headers if headers.get(each.lower())), "")
        if not name:
            return None
        uid = next((headers[each.lower()] for each in settings.uid_headers if headers.get(each.lower())), "")
        groups: list[str] = []
        for each in settings.group_headers:
            groups += [group for group in http1.header_values(headers, each.lower()) if group]
        extra: dict[str, tuple[str, ...]] = {}
        for prefix in settings.extra_header_prefixes:
            for header in headers:
                if header.startswith(prefix.lower()):
                    name_of_extra = unquote(header.removeprefix(prefix.lower()))
                    extra[name_of_extra] = tuple(http1.header_values(headers, header))
        return Identity(name=name, groups=tuple(groups), uid=uid, extra=extra)
