"""One small valid object of each kind, as often as wanted under new names."""

import base64
import copy
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from kubewheel.api.registry import Registry
from kubewheel.api.resources import Resource
from kubewheel.libs import tls

NAMESPACE = "kinds"
GROUP = "kinds.example.com"
CONDITION = {"status": "True", "reason": "Tested", "message": "m", "lastTransitionTime": "2027-01-01T00:00:00Z"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Example:
    """A kind's object."""

    resource: Resource
    body: Mapping[str, Any]
    status: Mapping[str, Any] = field(default_factory=dict)

    def make(self, **metadata: Any) -> dict[str, Any]:
        """Return a new object, under a name of its own unless one is given."""
        made = copy.deepcopy(dict(self.body))
        name = NAMES.get(self.resource.kind, _plain)(made, next(_numbers))
        made["metadata"] = {"name": name, **metadata}
        return made

    @property
    def is_named_after_fields(self) -> bool:
        """Whether an object's name follows from its fields, so that generateName cannot make it."""
        return self.resource.kind in NAMES

    @property
    def collection(self) -> str:
        """The path of the collection that the tests write to."""
        return path(self.resource, NAMESPACE)


def path(resource: Resource, namespace: str = "") -> str:
    """Return the path of a collection; without a namespace, that of all of them."""
    root = f"/apis/{resource.group}" if resource.group else "/api"
    inside = f"/namespaces/{namespace}" if resource.namespaced and namespace else ""
    return f"{root}/{resource.version}{inside}/{resource.plural}"


def key(resource: Resource) -> str:
    """Return the name under which tests show a kind."""
    return ".".join(part for part in (resource.kind, resource.version, resource.group) if part)


def _plain(_: dict[str, Any], number: int) -> str:
    return f"e{number}"


def _address(_: dict[str, Any], number: int) -> str:
    return f"10.78.{number // 250}.{number % 250}"


def _definition(made: dict[str, Any], number: int) -> str:
    made["spec"]["names"] = {"plural": f"example{number}s", "kind": f"Example{number}"}
    return f"example{number}s.{GROUP}"


def _service(made: dict[str, Any], number: int) -> str:
    made["spec"] |= {"group": f"g{number}.{GROUP}", "version": "v1"}
    return f"v1.g{number}.{GROUP}"


NAMES = {"IPAddress": _address, "CustomResourceDefinition": _definition, "APIService": _service}


@cache
def examples() -> Mapping[str, Example]:
    """Return the examples by kind and version: `Pod.v1`, `Deployment.v1.apps`."""
    registry = Registry.builtin()
    entries = yaml.safe_load(Path(__file__).with_name("examples.yaml").read_text())
    found = {}
    for entry in entries:
        body = _filled(entry, _words())
        status = body.pop("status", {})
        resource = registry.of(body["apiVersion"], body["kind"])
        found[key(resource)] = Example(resource, body, status)
    return found


def _filled(value: Any, words: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, words) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, words) for each in value]
    return words.get(value, value) if isinstance(value, str) else value


def _words() -> Mapping[str, Any]:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kinds")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(tls.make_key(), hashes.SHA256())
    return {
        "TESTED": CONDITION | {"type": "Tested"}, "DENIED": CONDITION | {"type": "Denied"},
        "CERTIFICATE": tls.make_authority("kinds", datetime.now(UTC), 1).certificate_pem().decode(),
        "REQUEST": base64.b64encode(request.public_bytes(Encoding.PEM)).decode(),
        "STUB": base64.b64encode(request.public_bytes(Encoding.DER)).decode(),
    }
