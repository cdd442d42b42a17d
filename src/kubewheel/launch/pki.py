"""Certificates and identities of a cluster's components.

Made on the first start; renewed at every start when a name or address is missing, when the end is near, or when the
authority changed. A changed machine address therefore only needs a restart.
"""

import datetime
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubewheel.libs import tls
from kubewheel.libs.tls import Pair, Subject

AUTHORITY_DAYS = 3650
LEAF_DAYS = 365
RENEWAL_DAYS = 30  # A leaf with fewer days left is renewed.

AUTHORITY = "ca"
API_SERVER = "kube-api-server"
ADMIN = "admin"
CONTROLLER_MANAGER = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
PROXY = "kube-proxy"
SERVICE_ACCOUNTS = "service-accounts"
FRONT_PROXY_AUTHORITY = "front-proxy-ca"  # Its own: whoever it signs for may act as anybody.
FRONT_PROXY_CLIENT = "front-proxy-client"
AUTHORITIES = {AUTHORITY: "kubernetes-ca", FRONT_PROXY_AUTHORITY: "kubernetes-front-proxy-ca"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Names:
    """What the serving certificates must be valid for."""

    machine: str
    addresses: tuple[str, ...]
    service_address: str
    domain: str


def subjects(names: Names, nodes: Sequence[str]) -> dict[str, Subject]:
    """Return whom each certificate is for, by file name.

    Source of the identities: https://kubernetes.io/docs/setup/best-practices/certificates/
    """
    components = {
        ADMIN: Subject("admin", ("system:masters",)),
        CONTROLLER_MANAGER: Subject("system:kube-controller-manager", ("system:kube-controller-manager",)),
        SCHEDULER: Subject("system:kube-scheduler", ("system:kube-scheduler",)),
        PROXY: Subject("system:kube-proxy", ("system:node-proxier",)),
        API_SERVER: Subject("kubernetes", (), api_server_names(names)),
        SERVICE_ACCOUNTS: Subject("service-accounts"),
    }
    for node in nodes:
        serving = dict.fromkeys([node, names.machine, "localhost", "127.0.0.1", *names.addresses])
        components[node] = Subject(f"system:node:{node}", ("system:nodes",), tuple(serving))
    return components


def api_server_names(names: Names) -> tuple[str, ...]:
    """Return every name and address that clients reach the API server at."""
    parts = names.domain.split(".")
    inside = ["kubernetes.default.svc." + ".".join(parts[: count + 1]) for count in range(len(parts))]
    return tuple(dict.fromkeys([
        "localhost", names.machine, "kubernetes", "kubernetes.default", "kubernetes.default.svc", *inside,
        "server.kubernetes.local", "api-server.kubernetes.local",
        "127.0.0.1", "::1", names.service_address, *names.addresses,
    ]))


def ensure(folder: Path, names: Names, nodes: Sequence[str], now: datetime.datetime) -> list[str]:
    """Make what is missing or unfit in `folder`; return the names of the certificates that were written.

    An authority is never replaced: every client trusts it. Raises ValueError when only half of it is there.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    main, front_proxy = (_authority(folder, name, now) for name in AUTHORITIES)
    written = []
    for name, subject in {**subjects(names, nodes), FRONT_PROXY_CLIENT: Subject(FRONT_PROXY_CLIENT)}.items():
        authority = front_proxy if name == FRONT_PROXY_CLIENT else main
        reason = unfit(folder, name, subject, authority, now)
        if reason:
            log.info("writing certificate %s: %s", name, reason)
            _write(folder, name, tls.issue(authority, subject, now, LEAF_DAYS, _kept_key(folder, name)))
            written.append(name)
    return written


def unfit(folder: Path, name: str, subject: Subject, authority: Pair, now: datetime.datetime) -> str:
    """Return why the certificate `name` cannot be used as it is, or an empty string."""
    certificate_path, key_path = paths(folder, name)
    if not certificate_path.exists() or not key_path.exists():
        return "not there yet"
    try:
        pair = tls.load_pair(certificate_path, key_path)
    except ValueError as error:
        return f"not readable ({error})"
    found = tls.subject_of(pair.certificate)
    if (found.common_name, found.organizations) != (subject.common_name, subject.organizations):
        return f"made for {found.common_name}, expected {subject.common_name}"
    missing = sorted(set(subject.names) - set(found.names))
    if missing:
        return f"not valid for {', '.join(missing)}"
    if pair.certificate.not_valid_after_utc - now < datetime.timedelta(days=RENEWAL_DAYS):
        return f"ends on {pair.certificate.not_valid_after_utc:%Y-%m-%d}"
    if not tls.is_signed_by(pair.certificate, authority.certificate):
        return "signed by another authority"
    return ""


def paths(folder: Path, name: str) -> tuple[Path, Path]:
    """Return the paths of the certificate and of the key called `name`."""
    return folder / f"{name}.crt", folder / f"{name}.key"


def describe(folder: Path, now: datetime.datetime) -> list[Mapping[str, object]]:
    """Return what `kubewheel certs list` shows of each certificate in `folder`."""
    rows: list[Mapping[str, object]] = []
    for path in sorted(folder.glob("*.crt")):
        pair = tls.load_pair(path, path.with_suffix(".key"))
        subject = tls.subject_of(pair.certificate)
        rows.append({
            "name": path.stem, "subject": subject.common_name, "organizations": list(subject.organizations),
            "names": list(subject.names), "expires": pair.certificate.not_valid_after_utc.isoformat(),
            "days": (pair.certificate.not_valid_after_utc - now).days,
        })
    return rows


def loose_files(folder: Path) -> list[Path]:
    """Return the private files of the cluster in `folder` that others than the owner may read."""
    found = [*folder.glob("pki/*.key"), *folder.glob("kubeconfigs/*"), *folder.glob("kubeconfig")]
    return [path for path in sorted(found) if path.stat().st_mode & 0o077]


def _authority(folder: Path, name: str, now: datetime.datetime) -> Pair:
    certificate_path, key_path = paths(folder, name)
    if certificate_path.exists() != key_path.exists():
        absent = key_path if certificate_path.exists() else certificate_path
        raise ValueError(f"{absent} is missing; put it back, or remove {folder} to begin anew")
    if not certificate_path.exists():
        _write(folder, name, tls.make_authority(AUTHORITIES[name], now, AUTHORITY_DAYS))
    return tls.load_pair(certificate_path, key_path)


def _kept_key(folder: Path, name: str) -> tls.Key | None:
    """Return the key that a renewal keeps: a new service-account key would make every token invalid."""
    path = paths(folder, name)[1]
    return tls.load_key(path.read_bytes()) if name == SERVICE_ACCOUNTS and path.exists() else None


def _write(folder: Path, name: str, pair: Pair) -> None:
    certificate_path, key_path = paths(folder, name)
    tls.write_private(key_path, pair.key_pem())
    tls.write_file(certificate_path, pair.certificate_pem())
