"""From a cluster's settings and files to those of its API server and of what stands next to it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.authn import jwt, token_file
from kubewheel.apiserver.nodes import HttpsNodes
from kubewheel.apiserver.settings import FrontProxy, ProxyClient, ServiceAccountKeys
from kubewheel.client import Client
from kubewheel.launch import admission, pki
from kubewheel.launch.settings import CONTAINERD, words
from kubewheel.libs import signing, tls
from kubewheel.libs.http_listener import Listener

if TYPE_CHECKING:
    from kubewheel.controllers import ControllersSettings
    from kubewheel.launch.cluster import Prepared

EVERYWHERE, LOOPBACK = "0.0.0.0", "127.0.0.1"


def settings(prepared: "Prepared") -> ApiServerSettings:
    """Return the settings of the API server; raise OSError or ValueError when a file of theirs is unfit."""
    chosen, folder = prepared.settings, prepared.layout.pki
    tokens = token_file.parse(Path(chosen.token_auth_file).read_text()) if chosen.token_auth_file else {}
    return ApiServerSettings(
        advertise_address=prepared.machine.address,
        advertise_port=chosen.port,
        service_cidr=chosen.service_cidr,
        node_ports=chosen.node_port_range,
        client_ca=pki.paths(folder, pki.AUTHORITY)[0].read_bytes(),
        tokens=tokens,
        issuer=f"https://kubernetes.default.svc.{chosen.domain}",
        front_proxy=FrontProxy(
            pki.paths(folder, pki.FRONT_PROXY_AUTHORITY)[0].read_bytes(), (pki.FRONT_PROXY_CLIENT,)
        ),
        proxy_client=ProxyClient(*map(str, pki.paths(folder, pki.FRONT_PROXY_CLIENT))),
        service_account_keys=ServiceAccountKeys(signing=_signing_key(prepared)),
        authorization_mode=tuple(chosen.authorization_mode.split(",")),
        enabled_admission=words(chosen.enable_admission_plugins),
        disabled_admission=words(chosen.disable_admission_plugins),
        admission=admission.load(chosen.admission_control_config_file),
        retired_apis=chosen.retired_apis,
        max_reads=chosen.max_requests_inflight,
        max_writes=chosen.max_mutating_requests_inflight,
        priority_and_fairness=chosen.enable_priority_and_fairness,
    )


def nodes(prepared: "Prepared") -> HttpsNodes:
    """Return how the API server reaches node agents: with its own certificate, trusting the cluster's authority."""
    folder = prepared.layout.pki
    authority = pki.paths(folder, pki.AUTHORITY)[0]
    return HttpsNodes(tls.client_context(authority, *pki.paths(folder, pki.API_SERVER)))


def controllers(prepared: "Prepared", client_for: Callable[[str], Client]) -> "ControllersSettings":
    """Return the settings of the controllers."""
    from kubewheel.controllers import ControllersSettings

    signer = jwt.Signer.from_pem(_signing_key(prepared))
    return ControllersSettings(
        client_for=client_for, root_ca=pki.paths(prepared.layout.pki, pki.AUTHORITY)[0].read_bytes(),
        sign_claims=signer.sign, cluster_cidrs=(prepared.settings.cluster_cidr,),
        sign_certificate=signing.signer(tls.load_pair(*pki.paths(prepared.layout.pki, pki.AUTHORITY))),
    )


async def listen(server: ApiServer, prepared: "Prepared") -> Listener:
    """Open the API server's port: on every address where pods must reach it, else on loopback only."""
    folder = prepared.layout.pki
    authority = pki.paths(folder, pki.AUTHORITY)[0]
    front_proxy = pki.paths(folder, pki.FRONT_PROXY_AUTHORITY)[0]
    context = tls.server_context(*pki.paths(folder, pki.API_SERVER), authority, front_proxy)
    host = EVERYWHERE if prepared.settings.runtime == CONTAINERD else LOOPBACK
    return await server.serve(host=host, port=prepared.settings.port, ssl_context=context)


def _signing_key(prepared: "Prepared") -> bytes:
    return pki.paths(prepared.layout.pki, pki.SERVICE_ACCOUNTS)[1].read_bytes()
