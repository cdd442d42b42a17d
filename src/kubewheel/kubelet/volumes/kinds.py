"""What volume kinds share: the order to set one up, its outcome, and where its data comes from."""

import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from kubewheel.kubelet import fields, pods
from kubewheel.kubelet.environment import Sources
from kubewheel.libs.wire import Object

SYNONYMS = {"downwardAPI": "downward_api"}


class VolumeError(Exception):
    """A volume cannot be set up; the text says why and goes into the FailedMount event."""


class Tokens(Protocol):
    """Where service account tokens come from."""

    async def token(self, pod: Object, audience: str, expiration_seconds: int) -> str:
        """Return a token of the pod's service account that is not about to expire; raise VolumeError."""
        ...


class Claims(Protocol):
    """Where claims and what they are bound to come from."""

    async def persistent_volume(self, pod: Object, claim_name: str) -> Object:
        """Return the volume that a claim of the pod's namespace is bound to; raise VolumeError."""
        ...


class TrustBundles(Protocol):
    """Where the cluster's trust anchors come from."""

    def trust_bundles(self) -> Iterable[Object]:
        """Return all ClusterTrustBundles."""
        ...


class Certificates(Protocol):
    """Where pods' own certificates come from."""

    async def credentials(self, pod: Object, volume: str, index: int, source: Mapping[str, Any]) -> "Credentials":
        """Return key and certificates of the volume's source at `index`; raise VolumeError while there are none."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """A private key and the certificates of its public one, both as PEM; the chain begins with the key's own."""

    key: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class Supply:
    """Where volumes' contents come from."""

    sources: Sources
    tokens: Tokens
    claims: Claims
    bundles: TrustBundles
    certificates: Certificates


@dataclass(frozen=True, slots=True)
class Order:
    """One volume of one pod to set up. `source` is the kind's own part of the volume, `directory` its place."""

    pod: Object
    name: str
    source: Mapping[str, Any]
    directory: Path
    supply: Supply
    facts: fields.Facts

    @property
    def fs_group(self) -> int | None:
        """Return the group that the pod wants its volumes to belong to."""
        found = pods.security_context(self.pod).get("fsGroup")
        return None if found is None else int(found)

    @property
    def run_as_user(self) -> int | None:
        """Return the user of the pod's containers if they all have the same."""
        pod_user = pods.security_context(self.pod).get("runAsUser")
        users = {
            (container.get("securityContext") or {}).get("runAsUser", pod_user)
            for container in pods.all_containers(self.pod)
        }
        found = users.pop() if len(users) == 1 else None
        return None if found is None else int(found)


@dataclass(frozen=True, slots=True)
class Mounted:
    """A volume that is ready: a directory, or a file, of this machine."""

    path: Path
    read_only: bool = False


class Kind(Protocol):
    """A volume kind's module."""

    async def set_up(self, order: Order) -> Mounted:
        """Make the volume ready; raise VolumeError."""
        ...


def field_of(volume: Mapping[str, Any]) -> str:
    """Return the name of the field that says of which kind a volume is; emptyDir if none does."""
    return next((name for name in volume if name != "name"), "emptyDir")


def module_name(field: str) -> str:
    """Return the module that implements a kind: the field's name in snake case."""
    return SYNONYMS.get(field) or re.sub(r"([A-Z])", r"_\1", field).lower()


def find(field: str) -> Kind:
    """Return the kind that a volume's field names; raise VolumeError if there is none."""
    path = f"{__package__}.{module_name(field)}"
    if find_spec(path) is None:
        raise VolumeError(f"volumes of kind {field} are not supported on this node")
    module: Kind = importlib.import_module(path)
    return module
