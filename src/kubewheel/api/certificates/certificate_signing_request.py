"""CertificateSigningRequest: asks a signer for a certificate.

Who asks (`spec.username`, `uid`, `groups`, `extra`) is for the server to fill in; `prepare_approval` and
`validate_approval` are the rules of the subresource that approves and denies.
"""

import base64
import binascii
from typing import Any

from kubewheel.api import cells, durations, names
from kubewheel.api.defaults.fields import begin_with, fill_empty
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_all_but_status, keep_status
from kubewheel.api.validation.faults import Faults, duplicate, forbidden, invalid, required, unsupported
from kubewheel.api.validation.signer_names import validate_signer_name
from kubewheel.libs.wire import Object

GROUP = "certificates.k8s.io"
LEGACY_SIGNER = "kubernetes.io/legacy-unknown"
SHORTEST_SECONDS = 600
APPROVED, DENIED, FAILED = "Approved", "Denied", "Failed"
STATUSES = ("False", "True", "Unknown")
USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
    "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
    "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing",
    "s/mime", "server auth", "signing", "timestamping",
)


def _request_fault(encoded: Any) -> str:
    """Return why `encoded` is no certificate request, empty if it is one."""
    from cryptography import x509  # Slow to load, and most servers never see a request.

    try:
        block = base64.b64decode(encoded or "", validate=True)
        if b"-----BEGIN CERTIFICATE REQUEST-----" not in block:
            return "PEM block type must be CERTIFICATE REQUEST"
        x509.load_pem_x509_csr(block)
    except (binascii.Error, ValueError, TypeError) as error:
        return str(error)
    return ""


def _validate_usages(usages: list[Any], path: str) -> Faults:
    if not usages:
        return [required(path)]
    faults: Faults = []
    for index, usage in enumerate(usages):
        if usage not in USAGES:
            faults.append(unsupported(f"{path}[{index}]", usage, USAGES))
        if usage in usages[:index]:
            faults.append(duplicate(f"{path}[{index}]", usage))
    return faults


def _validate_conditions(status: Object, path: str) -> Faults:
    faults: Faults = []
    seen: set[str] = set()
    for index, condition in enumerate(status.get("conditions") or []):
        here, kind, state = f"{path}[{index}]", condition.get("type") or "", condition.get("status") or ""
        if not kind:
            faults.append(required(f"{here}.type"))
        if kind in (APPROVED, DENIED, FAILED):
            if not state:
                faults.append(required(f"{here}.status"))
            elif state != "True":
                faults.append(unsupported(f"{here}.status", state, ("True",)))
        elif state not in STATUSES:
            faults.append(unsupported(f"{here}.status", state, STATUSES) if state else required(f"{here}.status"))
        if {kind, *seen} >= {APPROVED, DENIED} and kind in (APPROVED, DENIED):
            faults.append(invalid(path, kind, "Approved and Denied conditions are mutually exclusive"))
        if kind in seen:
            faults.append(duplicate(f"{here}.type", kind))
        seen.add(kind)
    return faults


def validate(request: Object) -> Faults:
    """Return the faults of a CertificateSigningRequest."""
    spec = request.get("spec") or {}
    faults: Faults = []
    if fault := _request_fault(spec.get("request")):
        faults.append(invalid("spec.request", spec.get("request"), fault))
    faults += _validate_usages(spec.get("usages") or [], "spec.usages")
    signer, seconds = spec.get("signerName") or "", spec.get("expirationSeconds")
    if signer == LEGACY_SIGNER:
        detail = "the legacy signerName is not allowed via this API version"
        faults.append(invalid("spec.signerName", signer, detail))
    else:
        faults += validate_signer_name(signer, "spec.signerName")
    if seconds is not None and seconds < SHORTEST_SECONDS:
        detail = "may not specify a duration less than 600 seconds (10 minutes)"
        faults.append(invalid("spec.expirationSeconds", seconds, detail))
    return faults + _validate_conditions(request.get("status") or {}, "status.conditions")


def default(request: dict[str, Any]) -> None:
    """Complete conditions."""
    for condition in (request.get("status") or {}).get("conditions") or []:
        fill_empty(condition, "status", "True")


def _decisions(thing: Object) -> list[Any]:
    listed = (thing.get("status") or {}).get("conditions") or []
    return [condition for condition in listed if condition.get("type") in (APPROVED, DENIED)]


def prepare_update(new: dict[str, Any], old: Object) -> None:
    """Keep what was asked, and what was answered."""
    new["spec"] = old.get("spec") or {}
    keep_status(new, old)


def prepare_status(new: dict[str, Any], old: Object) -> None:
    """Keep what was asked, and whether it was approved: that has a subresource of its own."""
    keep_all_but_status(new, old)
    status = dict(new.get("status") or {})
    others = [each for each in status.get("conditions") or [] if each.get("type") not in (APPROVED, DENIED)]
    if conditions := [*_decisions(old), *others]:
        status["conditions"] = conditions
    new["status"] = status


def prepare_approval(new: dict[str, Any], old: Object) -> None:
    """Keep everything but conditions."""
    conditions = (new.get("status") or {}).get("conditions")
    keep_all_but_status(new, old)
    new["status"] = {**(old.get("status") or {}), "conditions": conditions}
    if not conditions:
        del new["status"]["conditions"]


def _validate_lasting(new: Object, old: Object) -> Faults:
    """Check that a decision is never taken back."""
    known = {each.get("type") for each in (new.get("status") or {}).get("conditions") or []}
    path = "status.conditions"
    return [
        forbidden(path, f"updates may not remove a condition of type \"{each['type']}\"")
        for each in (old.get("status") or {}).get("conditions") or []
        if each.get("type") in (APPROVED, DENIED, FAILED) and each.get("type") not in known
    ]


def validate_approval(new: Object, old: Object) -> Faults:
    """Return the faults of a decision."""
    return _validate_conditions(new.get("status") or {}, "status.conditions") + _validate_lasting(new, old)


def validate_status(new: Object, old: Object) -> Faults:
    """Return the faults of a new status."""
    faults = validate_approval(new, old)
    wanted = (new.get("status") or {}).get("certificate")
    before = (old.get("status") or {}).get("certificate")
    if before and wanted != before:
        faults.append(forbidden("status.certificate", "updates may not modify existing certificate content"))
    return faults


def _state(status: Object) -> str:
    kinds = {each.get("type") for each in status.get("conditions") or []}
    decision = DENIED if DENIED in kinds else APPROVED if APPROVED in kinds else "Pending"
    parts = (decision, "Failed" if FAILED in kinds else "", "Issued" if status.get("certificate") else "")
    return ",".join(part for part in parts if part)


def row(request: Object, now: float) -> list[Any]:
    """Return the cells of a CertificateSigningRequest."""
    spec, seconds = request.get("spec") or {}, (request.get("spec") or {}).get("expirationSeconds")
    return [
        cells.name(request), cells.age(request, now), spec.get("signerName") or cells.NONE,
        spec.get("username") or "", cells.NONE if seconds is None else durations.human_duration(seconds),
        _state(request.get("status") or {}),
    ]


KIND = Kind(
    GROUP, "CertificateSigningRequest", default=default, prepare_create=begin_with(), prepare_update=prepare_update,
    prepare_status=prepare_status, validate=validate, validate_status=validate_status, validate_name=names.path_segment,
    row=row,
    columns=(
        NAME, AGE, Column("SignerName"), Column("Requestor"), Column("RequestedDuration"), Column("Condition"),
    ),
    selectable={"spec.signerName": lambda request: str((request.get("spec") or {}).get("signerName") or "")},
)
