"""The API server that a lone component talks to, and whether the component's credentials are what they should be."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from kubewheel.api.registry import Registry
from kubewheel.client import Client
from kubewheel.client.http import connect
from kubewheel.client.kubeconfig import Access, load
from kubewheel.launch.settings import Unfit
from kubewheel.libs import tls
from kubewheel.libs.tls import Subject
from kubewheel.libs.wire import Request, Response, Transport

CONTROLLERS = Subject("system:kube-controller-manager", ("system:kube-controller-manager",))
SCHEDULER = Subject("system:kube-scheduler", ("system:kube-scheduler",))
PROXY = Subject("system:kube-proxy", ("system:node-proxier",))
log = logging.getLogger(__name__)


def node(name: str) -> Subject:
    """Return whom the certificate of the node called `name` must be for."""
    return Subject(f"system:node:{name}", ("system:nodes",))


@dataclass(slots=True)
class Server:
    """An API server, with the client of the component and whatever is to be closed in the end."""

    access: Access
    registry: Registry
    client: Client
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def close(self) -> None:
        """Close all connections."""
        for close in self.closers:
            await close()


def reach(kubeconfig: str, expected: Subject) -> Server:
    """Return the server that the file names; warn about credentials that will not do. Raises Unfit."""
    if not kubeconfig:
        raise Unfit("no kubeconfig is given; name one with --kubeconfig")
    path = Path(kubeconfig).expanduser()
    access = load(path)
    for warning in warnings(path, access, expected):
        log.warning("%s", warning)
    log.info("%s works with %s", expected.common_name, access.server)
    transport, registry = connect(access), Registry.builtin()
    carrier = Logged(transport) if log.isEnabledFor(logging.DEBUG) else transport
    client = Client(carrier, registry, user_agent=f"kubewheel/{expected.common_name}", remote=True)
    return Server(access, registry, client, [transport.close])


class Logged:
    """A transport that logs every request with its answer's status."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, request: Request) -> Response:
        """Return the answer."""
        response = await self._transport.send(request)
        log.debug("%s %s: %d", request.method, request.path, response.status)
        return response


def warnings(path: Path, access: Access, expected: Subject) -> list[str]:
    """Return what is wrong with the file and the identity in it."""
    found = []
    if path.stat().st_mode & 0o077:
        found.append(f"{path} holds a secret and can be read by others; run: chmod 600 {path}")
    if access.certificate:
        subject = tls.subject_of(x509.load_pem_x509_certificate(access.certificate))
        if subject.common_name != expected.common_name:
            found.append(
                f"the certificate in {path} is for the user {subject.common_name!r}, expected is "
                f"{expected.common_name!r}: the API server will refuse what that user may not do"
            )
        if not set(expected.organizations) <= set(subject.organizations):
            found.append(
                f"the certificate in {path} is of the groups {list(subject.organizations)}, expected are "
                f"{list(expected.organizations)}"
            )
    return found
