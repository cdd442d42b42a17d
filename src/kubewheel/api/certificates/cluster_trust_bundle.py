"""ClusterTrustBundle: certificates that mark what to trust."""

import re
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.kinds import NAME, Column, Kind
from kubewheel.api.validation.faults import Faults, each, immutable, invalid, too_long
from kubewheel.api.validation.signer_names import trust_bundle_name_faults, validate_signer_name
from kubewheel.libs.wire import Object

GROUP = "certificates.k8s.io"
BUNDLE_BYTES = 1024 * 1024
OMITTED_VALUE = "<value omitted>"

_blocks = re.compile(r"-----BEGIN ([^-]*)-----(.*?)-----END \1-----", re.DOTALL).finditer


def _validate_bundle(bundle: str, path: str) -> Faults:
    if len(bundle) > BUNDLE_BYTES:
        return [too_long(path, BUNDLE_BYTES)]
    faults: Faults = []
    places: dict[str, list[int]] = {}
    for index, block in enumerate(_blocks(bundle)):
        if fault := _block_fault(block[1], block[2], block[0]):
            faults.append(invalid(path, OMITTED_VALUE, f"entry {index} {fault}"))
        places.setdefault("".join(block[2].split()), []).append(index)
    if faults:
        return faults
    if not places:
        return [invalid(path, OMITTED_VALUE, "at least one trust anchor must be provided")]
    return [
        invalid(path, OMITTED_VALUE, f"duplicate trust anchor (indices [{' '.join(map(str, listed))}])")
        for listed in places.values() if len(listed) > 1
    ]


def _block_fault(kind: str, content: str, block: str) -> str:
    """Return why a block is no trust anchor, empty if it is one."""
    from cryptography import x509  # Slow to load, and most servers never see a bundle.

    if kind != "CERTIFICATE":
        return f"has bad block type: {kind}"
    if ":" in content:
        return "has PEM block headers"
    try:
        found = x509.load_pem_x509_certificate(block.encode())
        constraints = found.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return "does not have the CA bit set"
    except ValueError:
        return "does not parse as X.509"
    return "" if constraints.ca else "does not have the CA bit set"


def validate(bundle: Object) -> Faults:
    """Return the faults of a ClusterTrustBundle."""
    spec = bundle.get("spec") or {}
    signer, name = spec.get("signerName") or "", cells.name(bundle)
    faults = each("metadata.name", name, trust_bundle_name_faults(name, signer))
    if signer:
        faults += validate_signer_name(signer, "spec.signerName")
    return faults + _validate_bundle(spec.get("trustBundle") or "", "spec.trustBundle")


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a bundle stays with its signer."""
    now, before = new.get("spec") or {}, old.get("spec") or {}
    return immutable("spec.signerName", now.get("signerName"), before.get("signerName"))


def row(bundle: Object, _: float) -> list[Any]:
    """Return the cells of a ClusterTrustBundle."""
    return [cells.name(bundle), (bundle.get("spec") or {}).get("signerName") or cells.NONE]


KIND = Kind(
    GROUP, "ClusterTrustBundle", validate=validate, validate_update=validate_update, validate_name=names.path_segment,
    row=row, columns=(NAME, Column("SignerName")),
    selectable={"spec.signerName": lambda bundle: str((bundle.get("spec") or {}).get("signerName") or "")},
)
