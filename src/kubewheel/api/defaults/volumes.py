"""Defaults of volumes."""

from collections.abc import Callable, Mapping
from typing import Any

from kubewheel.api.defaults import claims, images, resources

Part = dict[str, Any]

FILE_MODE = 0o644
TOKEN_SECONDS = 3600
CERTIFICATE_SECONDS = 24 * 3600


def fill(part: Part, **values: Any) -> None:
    """Set the fields of `part` that hold nothing yet."""
    for name, value in values.items():
        if part.get(name) in (None, ""):
            part[name] = value


def default_field_selector(item: Part) -> None:
    """Complete a reference to a field of the pod, or to an amount of a container."""
    if item.get("fieldRef") is not None:
        fill(item["fieldRef"], apiVersion="v1")
    amount = item.get("resourceFieldRef")
    if amount is not None:
        resources.settle(amount, "divisor", resources.canonical(amount.get("divisor") or "0"))


def _default_downward(source: Part) -> None:
    for item in source.get("items") or []:
        default_field_selector(item)


def _default_mode(source: Part) -> None:
    if source.get("defaultMode") is None:
        source["defaultMode"] = FILE_MODE


def _default_downward_volume(source: Part) -> None:
    _default_mode(source)
    _default_downward(source)


def _default_projected(source: Part) -> None:
    _default_mode(source)
    for projection in source.get("sources") or []:
        if projection.get("downwardAPI") is not None:
            _default_downward(projection["downwardAPI"])
        if projection.get("serviceAccountToken") is not None:
            fill(projection["serviceAccountToken"], expirationSeconds=TOKEN_SECONDS)
        if projection.get("podCertificate") is not None:
            fill(projection["podCertificate"], maxExpirationSeconds=CERTIFICATE_SECONDS)


def _default_empty_dir(source: Part) -> None:
    if source.get("sizeLimit") is not None:
        resources.settle(source, "sizeLimit", resources.canonical(source["sizeLimit"]))


def _default_host_path(source: Part) -> None:
    if source.get("type") is None:
        source["type"] = ""


def _default_ephemeral(source: Part) -> None:
    template = source.get("volumeClaimTemplate")
    if template is not None:
        claims.default_claim_spec(template.setdefault("spec", {}))


def _default_azure_disk(source: Part) -> None:
    fill(source, cachingMode="ReadWrite", kind="Shared", fsType="ext4", readOnly=False)


# Of these, PersistentVolumes have the same defaults.
PERSISTENT: Mapping[str, Callable[[Part], None]] = {
    "hostPath": _default_host_path,
    "iscsi": lambda source: fill(source, iscsiInterface="default"),
    "rbd": lambda source: fill(source, pool="rbd", user="admin", keyring="/etc/ceph/keyring"),
    "azureDisk": _default_azure_disk,
    "scaleIO": lambda source: fill(source, storageMode="ThinProvisioned", fsType="xfs"),
}
_RULES: Mapping[str, Callable[[Part], None]] = {
    **PERSISTENT,
    "emptyDir": _default_empty_dir,
    "secret": _default_mode,
    "configMap": _default_mode,
    "downwardAPI": _default_downward_volume,
    "projected": _default_projected,
    "ephemeral": _default_ephemeral,
    "image": lambda source: fill(source, pullPolicy=images.pull_policy(source.get("reference") or "")),
}


def default_volume(volume: Part) -> None:
    """Complete one volume of a pod; one without a type is an empty directory."""
    if not any(value is not None for name, value in volume.items() if name != "name"):
        volume["emptyDir"] = {}
    for kind, rule in _RULES.items():
        if volume.get(kind) is not None:
            rule(volume[kind])
