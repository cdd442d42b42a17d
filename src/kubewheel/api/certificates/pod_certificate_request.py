"""PodCertificateRequest: a node's wish for a certificate of one of its pods."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import fill, part_of
from kubewheel.api.kinds import NAME, Column, Kind, drop_status, keep_status
from kubewheel.api.validation import conditions
from kubewheel.api.validation.faults import Faults, each, invalid, required
from kubewheel.api.validation.signer_names import validate_signer_name
from kubewheel.libs.wire import Object

GROUP = "certificates.k8s.io"
HOUR, DAY = 3600, 86400
LONGEST_SECONDS = 91 * DAY
NAMES = ("podName", "serviceAccountName", "nodeName")
UIDS = ("podUID", "serviceAccountUID", "nodeUID")
UID_BYTES = 128
STATES = ("Denied", "Failed", "Issued")


def default(request: dict[str, Any]) -> None:
    """Ask for a day where the author did not say how long."""
    fill(part_of(request, "spec"), "maxExpirationSeconds", DAY)


def _validate_duration(seconds: int, signer: str, path: str) -> Faults:
    longest = DAY if signer.startswith("kubernetes.io/") else LONGEST_SECONDS
    if HOUR <= seconds <= longest:
        return []
    return [invalid(path, seconds, f"must be in the range [{HOUR}, {longest}]")]


def validate(request: Object) -> Faults:
    """Return the faults of a PodCertificateRequest."""
    spec = request.get("spec") or {}
    signer = spec.get("signerName") or ""
    faults = validate_signer_name(signer, "spec.signerName")
    for field in NAMES:
        value = spec.get(field) or ""
        faults += each(f"spec.{field}", value, names.dns_subdomain(value))
    for field in UIDS:
        value = spec.get(field) or ""
        if not value:
            faults.append(required(f"spec.{field}", "must not be empty"))
        elif len(value) > UID_BYTES:
            faults.append(invalid(f"spec.{field}", value, f"must be no more than {UID_BYTES} bytes"))
    faults += _validate_duration(spec.get("maxExpirationSeconds") or 0, signer, "spec.maxExpirationSeconds")
    if not spec.get("pkixPublicKey") and not spec.get("stubPKCS10Request"):
        faults.append(required("spec.pkixPublicKey", "must not be empty"))
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a wish stays what it is."""
    if new.get("spec") == old.get("spec"):
        return []
    return [invalid("spec", new.get("spec"), "field is immutable")]


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    status = new.get("status") or {}
    listed = status.get("conditions") or []
    faults = conditions.validate_conditions(listed, "status.conditions")
    decided = [condition.get("type") for condition in listed if condition.get("type") in STATES]
    if len(decided) > 1:
        detail = "There may be at most one condition with type \"Issued\", \"Denied\", or \"Failed\""
        faults.append(invalid("status.conditions", listed, detail))
    if status.get("certificateChain") and decided != ["Issued"]:
        detail = "must not be set unless the \"Issued\" condition is true"
        faults.append(invalid("status.certificateChain", "<value omitted>", detail))
    return faults


def row(request: Object, _: float) -> list[Any]:
    """Return the cells of a PodCertificateRequest."""
    spec = request.get("spec") or {}
    listed = (request.get("status") or {}).get("conditions") or []
    state = next((str(each_["type"]) for each_ in listed if each_.get("type") in STATES), "Pending")
    fields = ("podName", "serviceAccountName", "nodeName", "signerName")
    return [cells.name(request), *(spec.get(field) or "" for field in fields), state]


KIND = Kind(
    GROUP, "PodCertificateRequest", default=default, prepare_create=drop_status, prepare_update=keep_status,
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
