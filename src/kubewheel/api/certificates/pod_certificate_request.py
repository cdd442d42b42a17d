"""PodCertificateRequest: a node's wish for a certificate of one of its pods."""

import base64
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import begin_with, fill, part_of
from kubewheel.api.errors import OMITTED
from kubewheel.api.kinds import NAME, Column, Kind, keep_status
from kubewheel.api.validation import conditions, labels
from kubewheel.api.validation.faults import Faults, each, immutable, invalid, required, too_long, unsupported
from kubewheel.api.validation.signer_names import validate_signer_name
from kubewheel.libs.wire import Object

GROUP = "certificates.k8s.io"
HOUR, DAY = 3600, 86400
LONGEST_SECONDS = 91 * DAY
SUBJECTS = (("podName", "podUID"), ("serviceAccountName", "serviceAccountUID"), ("nodeName", "nodeUID"))
UID_BYTES = 128
STUB_BYTES = 10 * 1024
CONSISTENT = "must be present and consistent with the issued certificate"
# What comes with a certificate -> why it is needed.
RESULTS = {
    "certificateChain": "", "notBefore": CONSISTENT, "notAfter": CONSISTENT,
    "beginRefreshAt": "must be present and in the range [notbefore+10min, notafter-10min]",
}
STATES = ("Denied", "Failed", "Issued")


def default(request: dict[str, Any]) -> None:
    """Ask for a day where the author did not say how long."""
    fill(part_of(request, "spec"), "maxExpirationSeconds", DAY)


def _validate_duration(seconds: int | None, signer: str, path: str) -> Faults:
    if seconds is None:
        return [required(path, "must be set")]
    longest = DAY if signer.startswith("kubernetes.io/") else LONGEST_SECONDS
    if HOUR <= seconds <= longest:
        return []
    return [invalid(path, seconds, f"must be in the range [{HOUR}, {longest}]")]


def _validate_stub(encoded: str, path: str) -> Faults:
    """Check that a stub names a key, and that who made it holds the key."""
    from cryptography import x509  # Slow to load, and most servers never see a request.

    if not encoded:
        return [required(path)]
    try:
        block = base64.b64decode(encoded, validate=True)
        request = x509.load_der_x509_csr(block)
    except ValueError:
        return [invalid(path, OMITTED, "must be a valid PKCS#10 certificate signing request")]
    if len(block) > STUB_BYTES:
        return [too_long(path, STUB_BYTES)]
    return [] if request.is_signature_valid else [invalid(path, OMITTED, "could not verify signature")]


def validate(request: Object) -> Faults:
    """Return the faults of a PodCertificateRequest."""
    spec = request.get("spec") or {}
    signer = spec.get("signerName") or ""
    faults = validate_signer_name(signer, "spec.signerName")
    faults += labels.validate_annotations(spec.get("unverifiedUserAnnotations"), "spec.unverifiedUserAnnotations")
    for name, uid in SUBJECTS:
        value, mark = spec.get(name) or "", spec.get(uid) or ""
        faults += each(f"spec.{name}", value, names.dns_subdomain(value))
        if not mark:
            faults.append(invalid(f"spec.{uid}", mark, "must not be empty"))
        if len(mark) > UID_BYTES:
            faults.append(too_long(f"spec.{uid}", UID_BYTES))
    faults += _validate_duration(spec.get("maxExpirationSeconds"), signer, "spec.maxExpirationSeconds")
    return faults + _validate_stub(spec.get("stubPKCS10Request") or "", "spec.stubPKCS10Request")


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a wish stays what it is."""
    return immutable("spec", new.get("spec"), old.get("spec"))


def _state(request: Object) -> str:
    listed = (request.get("status") or {}).get("conditions") or []
    return next((str(each_["type"]) for each_ in listed if each_.get("type") in STATES), "Pending")


def _validate_decision(conditions_: list[Any]) -> Faults:
    faults: Faults = []
    decided = 0
    for index, condition in enumerate(conditions_):
        path, kind, status = f"status.conditions[{index}]", condition.get("type") or "", condition.get("status") or ""
        if kind not in STATES:
            faults.append(unsupported(f"{path}.type", kind, STATES))
            continue
        decided += 1
        if decided > 1:
            detail = 'There may be at most one condition with type "Issued", "Denied", or "Failed"'
            faults.append(invalid(f"{path}.type", kind, detail))
        if status != "True":
            faults.append(unsupported(f"{path}.status", status, ("True",)))
    return faults


def validate_status(new: Object, old: Object) -> Faults:
    """Return the faults of a new status: one decision, once, and a certificate only if it is a yes."""
    status, state = new.get("status") or {}, _state(new)
    listed = status.get("conditions") or []
    faults = _validate_decision(listed) + conditions.validate_conditions(listed, "status.conditions")
    if faults:
        return faults
    if _state(old) != "Pending":
        detail = "immutable after PodCertificateRequest is issued, denied, or failed"
        return [] if status == (old.get("status") or {}) else [invalid("status", dict(status), detail)]
    held = [name for name in RESULTS if status.get(name)]
    if state != "Issued":
        detail = "non-condition status fields must be empty when denying or failing the PodCertificateRequest"
        return [invalid("status", dict(status), detail)] if held and state != "Pending" else []
    if not status.get("certificateChain"):
        detail = "issued certificate chain must contain at least one certificate"
        return [invalid("status.certificateChain", "", detail)]
    return [required(f"status.{name}", RESULTS[name]) for name in RESULTS if RESULTS[name] and not status.get(name)]


def row(request: Object, _: float) -> list[Any]:
    """Return the cells of a PodCertificateRequest."""
    spec = request.get("spec") or {}
    fields = ("podName", "serviceAccountName", "nodeName", "signerName")
    return [cells.name(request), *(spec.get(field) or "" for field in fields), _state(request)]


KIND = Kind(
    GROUP, "PodCertificateRequest", default=default, prepare_create=begin_with(), prepare_update=keep_status,
    validate=validate, validate_update=validate_update, validate_status=validate_status, row=row,
    columns=(
        NAME, Column("PodName"), Column("ServiceAccountName"), Column("NodeName"), Column("SignerName"),
        Column("State"),
    ),
    selectable={
        "spec.signerName": lambda request: str((request.get("spec") or {}).get("signerName") or ""),
        "spec.podName": lambda request: str((request.get("spec") or {}).get("podName") or ""),
        "spec.nodeName": lambda request: str((request.get("spec") or {}).get("nodeName") or ""),
    },
)
