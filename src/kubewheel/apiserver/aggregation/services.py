"""Who serves what: follows the APIServices in the store, whoever wrote them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.api import conditions
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Object
from kubewheel.storage import Key, Store

API_SERVICES = "apiservices.apiregistration.k8s.io"
AVAILABLE = "Available"
DEFAULT_PORT = 443


@dataclass(frozen=True, slots=True)
class Remote:
    """A group and version that another server serves."""

    name: str
    group: str
    version: str
    namespace: str
    service: str
    port: int
    bundle: str
    is_insecure: bool
    is_available: bool

    @property
    def path(self) -> str:
        """Where the group and version begins."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    @property
    def server_name(self) -> str:
        """The name that the server's certificate must have."""
        return f"{self.service}.{self.namespace}.svc"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a group and version stands in discovery."""

    group_priority: int
    version_priority: int


class ApiServices:
    """The APIServices by group and version; those of other servers costs nothing to whom there are none."""

    def __init__(self, store: Store) -> None:
        self.remotes: dict[tuple[str, str], Remote] = {}
        self.places: dict[tuple[str, str], Place] = {}
        self.revision = 0  # Rises with each change.
        self.listeners: list[Callable[[str], None]] = []
        self._store = store
        self._keys: dict[str, tuple[str, str]] = {}

    def refresh(self, key: Key) -> None:
        """Re-read the APIService at `key`."""
        self.revision += 1
        entry = self._store.get(key)
        old = self._keys.pop(key.name, None)
        if old is not None:
            self.remotes.pop(old, None)
            self.places.pop(old, None)
        if entry is not None:
            self._place(key.name, entry.object)
        for listener in self.listeners:
            listener(key.name)

    def _place(self, name: str, service: Object) -> None:
        spec = service["spec"]
        key = self._keys[name] = (spec.get("group") or "", spec["version"])
        self.places[key] = Place(int(spec["groupPriorityMinimum"]), int(spec["versionPriority"]))
        remote = read(service)
        if remote is not None:
            self.remotes[key] = remote

    def find(self, path: str) -> Remote | None:
        """Return who else serves `path`; None if this server does."""
        parts = path.split("/", 4)
        if len(parts) > 3 and parts[1] == "apis":
            return self.remotes.get((parts[2], parts[3]))
        return self.remotes.get(("", parts[2])) if len(parts) > 2 and parts[1] == "api" else None

    def by_name(self, name: str) -> Remote | None:
        """Return the remote version whose APIService is called `name`."""
        return self.remotes.get(self._keys.get(name, ("", "")))


def read(service: Object) -> Remote | None:
    """Return what an APIService says of another server; None if it is one of this server's."""
    spec: Mapping[str, Any] = service["spec"]
    backend = spec.get("service")
    if backend is None:
        return None
    return Remote(
        service["metadata"]["name"], spec.get("group") or "", spec["version"], backend["namespace"], backend["name"],
        int(backend.get("port") or DEFAULT_PORT), spec.get("caBundle") or "",
        bool(spec.get("insecureSkipTLSVerify")), conditions.is_true(service, AVAILABLE),
    )


def asks_for(exchange: Exchange, remote: Remote) -> bool:
    """Tell whether the request is for what `remote` serves."""
    return exchange.request.path == remote.path or exchange.request.path.startswith(f"{remote.path}/")
