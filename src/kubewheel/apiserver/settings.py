"""What the user wants of an API server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kubewheel.apiserver.admission_settings import AdmissionSettings
from kubewheel.libs.wire import Identity


@dataclass(frozen=True, slots=True)
class ServiceAccountKeys:
    """Keys of service-account tokens, PEM: one signs, all of `verification` (and the signing key's own half) verify."""

    signing: bytes = b""
    verification: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontProxy:
    """An authenticating proxy: its CA, the certificate names it may have, the headers that it sets."""

    certificate_authority: bytes = b""  # PEM
    allowed_names: tuple[str, ...] = ()  # Empty: any name that the CA signed.
    username_headers: tuple[str, ...] = ("X-Remote-User",)
    uid_headers: tuple[str, ...] = ("X-Remote-Uid",)
    group_headers: tuple[str, ...] = ("X-Remote-Group",)
    extra_header_prefixes: tuple[str, ...] = ("X-Remote-Extra-",)


@dataclass(frozen=True, slots=True)
class ProxyClient:
    """The certificate with which this server vouches for users at servers of aggregated APIs: paths of PEM files."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class ApiServerSettings:
    """Settings of one API server; the defaults are those of upstream or of `kubewheel up`."""

    advertise_address: str = "127.0.0.1"
    advertise_port: int = 6443
    service_cidr: str = "10.96.0.0/16"
    node_ports: tuple[int, int] = (30000, 32767)

    client_ca: bytes = b""  # PEM; who signs client certificates.
    front_proxy: FrontProxy | None = None
    proxy_client: ProxyClient | None = None
    tokens: Mapping[str, Identity] = field(default_factory=dict)
    anonymous: bool = True

    issuer: str = "https://kubernetes.default.svc.cluster.local"
    api_audiences: tuple[str, ...] = ()  # Empty: the issuer.
    service_account_keys: ServiceAccountKeys = ServiceAccountKeys()
    extend_token_expiry: bool = True
    token_max_seconds: int = 0  # 0: no limit of ours.

    authorization_mode: tuple[str, ...] = ("Node", "RBAC")
    abac_policy: Sequence[Mapping[str, object]] = ()

    enabled_admission: tuple[str, ...] = ()
    disabled_admission: tuple[str, ...] = ()
    admission: AdmissionSettings = field(default_factory=AdmissionSettings)

    retired_apis: bool = True  # Serve versions that upstream serves no more.

    max_reads: int = 400  # With priority and fairness, the sum of both is what all levels share.
    max_writes: int = 200
    priority_and_fairness: bool = True  # Else requests over the limits are sent away, whoever asks.
    request_seconds: float = 60.0
    watch_seconds: float = 1800.0  # A watch without timeoutSeconds lasts between this and its double.
    event_seconds: float = 3600.0  # Age at which Events expire.

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences that a token for this server must name one of."""
        return self.api_audiences or (self.issuer,)
