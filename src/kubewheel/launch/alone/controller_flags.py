"""The controllers alone: each under the identity of its own service account."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kubewheel.apiserver.authn import jwt
from kubewheel.client import Client
from kubewheel.client.http import connect
from kubewheel.controllers import ControllersSettings
from kubewheel.launch.alone.accounts import AccountToken
from kubewheel.launch.alone.server import Server
from kubewheel.libs import signing, tls
from kubewheel.libs.clock import Clock


def settings(options: Mapping[str, Any], there: Server, clock: Clock) -> ControllersSettings:
    """Return what the flags say; the authority that is published is that of the kubeconfig unless one is named."""
    key, authority = options["service_account_private_key_file"], options["root_ca_file"]
    signer = jwt.Signer.from_pem(Path(key).expanduser().read_bytes()) if key else None
    cidrs = tuple(filter(None, options["cluster_cidr"].split(",")))
    return ControllersSettings(
        client_for=accounts(there, clock) if options["use_service_account_credentials"] else None,
        enabled=tuple(options["controllers"].split(",")),
        root_ca=Path(authority).expanduser().read_bytes() if authority else there.access.authority,
        sign_claims=signer.sign if signer else None,
        allocate_node_cidrs=bool(cidrs), cluster_cidrs=cidrs,
        sign_certificate=_certificates(options["cluster_signing_cert_file"], options["cluster_signing_key_file"]),
    )


def _certificates(certificate: str, key: str) -> signing.Sign | None:
    """Return how certificate requests are answered; None without an authority."""
    if bool(certificate) != bool(key):
        raise ValueError("--cluster-signing-cert-file and --cluster-signing-key-file belong together")
    if not certificate:
        return None
    return signing.signer(tls.load_pair(Path(certificate).expanduser(), Path(key).expanduser()))


def accounts(there: Server, clock: Clock) -> Callable[[str], Client]:
    """Return how a controller gets a client: with tokens of the service account of its name."""
    access = replace(there.access, certificate=b"", key=b"", token="", token_file="", basic="")

    def client_for(name: str) -> Client:
        transport = connect(access, AccountToken(there.client, name, clock).header)
        there.closers.append(transport.close)
        return Client(transport, there.registry, user_agent=f"kubewheel/{name}", remote=True)

    return client_for
