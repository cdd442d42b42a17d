"""Volumes made of API objects: ConfigMaps, Secrets, fields of the pod, tokens, certificates."""

from collections.abc import Sequence

from kubewheel.api.validation import env, labels, paths, signer_names
from kubewheel.api.validation.faults import Faults, each, forbidden, invalid, option, required
from kubewheel.libs.wire import Object

CONFLICT = "conflicting duplicate paths"
TOKEN_SECONDS_LEAST, TOKEN_SECONDS_MOST = 600, 2**32
CERTIFICATE_SECONDS_LEAST, CERTIFICATE_SECONDS_MOST = 3600, 91 * 24 * 3600
KEY_TYPES = ("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")


def _validate_items(items: Sequence[Object], path: str) -> Faults:
    faults: Faults = []
    for index, item in enumerate(items):
        here = f"{path}[{index}]"
        target = item.get("path") or ""
        faults += [required(f"{here}.{name}") for name in ("key", "path") if not item.get(name)]
        faults += paths.validate_local(target, f"{here}.path")
        faults += paths.validate_mode(item.get("mode"), f"{here}.mode")
    return faults


def _validate_keyed(source: Object, path: str, name: str) -> Faults:
    faults = [] if source.get(name) else [required(f"{path}.{name}")]
    faults += paths.validate_mode(source.get("defaultMode"), f"{path}.defaultMode")
    return faults + _validate_items(source.get("items") or [], f"{path}.items")


def validate_secret(source: Object, path: str) -> Faults:
    """Check a volume of the keys of a Secret."""
    return _validate_keyed(source, path, "secretName")


def validate_config_map(source: Object, path: str) -> Faults:
    """Check a volume of the keys of a ConfigMap."""
    return _validate_keyed(source, path, "name")


def _validate_downward_file(item: Object, path: str) -> Faults:
    target = item.get("path") or ""
    faults = [] if target else [required(f"{path}.path")]
    faults += paths.validate_local(target, f"{path}.path")
    selector, amount = item.get("fieldRef"), item.get("resourceFieldRef")
    if selector is not None:
        faults += env.validate_field_selector(selector, env.VOLUME_FIELDS, f"{path}.fieldRef")
        if amount is not None:
            detail = "fieldRef and resourceFieldRef can not be specified simultaneously"
            faults.append(invalid(path, "resource", detail))
    elif amount is not None:
        faults += env.validate_resource_selector(amount, f"{path}.resourceFieldRef", container_needed=True)
    else:
        faults.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    return faults + paths.validate_mode(item.get("mode"), f"{path}.mode")


def validate_downward(source: Object, path: str) -> Faults:
    """Check a volume of fields of the pod."""
    faults = paths.validate_mode(source.get("defaultMode"), f"{path}.defaultMode")
    for item in source.get("items") or []:
        faults += _validate_downward_file(item, path)
    return faults


def _validate_token(source: Object, path: str, root: str) -> Faults:
    seconds = source.get("expirationSeconds") or 0
    faults: Faults = []
    if seconds < TOKEN_SECONDS_LEAST:
        detail = "may not specify a duration less than 10 minutes"
        faults.append(invalid(f"{path}.expirationSeconds", seconds, detail))
    if seconds > TOKEN_SECONDS_MOST:
        detail = "may not specify a duration larger than 2^32 seconds"
        faults.append(invalid(f"{path}.expirationSeconds", seconds, detail))
    target = source.get("path") or ""
    return faults + (paths.validate_local(target, f"{root}.path") if target else [required(f"{root}.path")])


def _validate_named_bundle(source: Object, path: str) -> Faults:
    name = source["name"]
    faults = [] if name else [required(f"{path}.name", "must be a valid object name")]
    messages = signer_names.trust_bundle_name_faults(name, signer_names.signer_of(name))
    faults += each(f"{path}.name", name, [f"not a valid clustertrustbundlename: {message}" for message in messages])
    if (selector := source.get("labelSelector")) is not None:
        detail = "labelSelector must be unset if name is specified"
        faults.append(invalid(f"{path}.labelSelector", dict(selector), detail))
    return faults


def _validate_bundle(source: Object, path: str) -> Faults:
    name, signer, target = source.get("name"), source.get("signerName"), source.get("path") or ""
    if name is not None and signer is not None:
        faults = [invalid(path, dict(source), "only one of name and signerName may be used")]
    elif name is not None:
        faults = _validate_named_bundle(source, path)
    elif signer is not None:
        faults = [] if signer else [required(f"{path}.signerName", "must be a valid signer name")]
        faults += signer_names.validate_signer_name(signer, f"{path}.signerName")
        faults += labels.validate_label_selector(source.get("labelSelector"), f"{path}.labelSelector")
    else:
        faults = [required(path, "either name or signerName must be specified")]
    if not target:
        faults.append(required(f"{path}.path"))
    return faults + paths.validate_local(target, f"{path}.path")


def _validate_certificate(source: Object, path: str) -> Faults:
    faults = signer_names.validate_signer_name(source.get("signerName") or "", f"{path}.signerName")
    faults += option(f"{path}.keyType", source.get("keyType") or "", KEY_TYPES)
    seconds = source.get("maxExpirationSeconds")
    if seconds is not None and not CERTIFICATE_SECONDS_LEAST <= seconds <= CERTIFICATE_SECONDS_MOST:
        detail = f"must be in the range [{CERTIFICATE_SECONDS_LEAST}, {CERTIFICATE_SECONDS_MOST}]"
        faults.append(invalid(f"{path}.maxExpirationSeconds", seconds, detail))
    targets = {name: source[name] for name in _CERTIFICATE_PATHS if source.get(name)}
    if not targets:
        listed = "credentialBundlePath, keyPath, and certificateChainPath"
        faults.append(required(path, f"specify at least one of {listed}"))
    for name, target in targets.items():
        faults += paths.validate_local(target, f"{path}.{name}")
    return faults


_CERTIFICATE_PATHS = ("credentialBundlePath", "keyPath", "certificateChainPath")


def _validate_source(kind: str, source: Object, path: str, root: str) -> Faults:
    if kind in ("secret", "configMap"):
        faults = [] if source.get("name") else [required(f"{path}.name")]
        return faults + _validate_items(source.get("items") or [], f"{path}.items")
    if kind == "downwardAPI":
        return [fault for item in source.get("items") or [] for fault in _validate_downward_file(item, path)]
    if kind == "serviceAccountToken":
        return _validate_token(source, path, root)
    return _validate_bundle(source, path) if kind == "clusterTrustBundle" else _validate_certificate(source, path)


def _targets(kind: str, source: Object) -> list[tuple[str, str]]:
    """Return the paths that a source writes to, each with the value that a conflict shows."""
    if kind in ("secret", "configMap"):
        return [(item.get("path") or "", source.get("name") or "") for item in source.get("items") or []]
    if kind == "downwardAPI":
        found = [item.get("path") or "" for item in source.get("items") or []]
    elif kind == "podCertificate":
        found = [source.get(name) or "" for name in _CERTIFICATE_PATHS]
    else:
        found = [source.get("path") or ""] if kind == "clusterTrustBundle" else []
    return [(path, path) for path in found]


def validate_projected(source: Object, path: str) -> Faults:
    """Check a volume projected from several sources."""
    faults = paths.validate_mode(source.get("defaultMode"), f"{path}.defaultMode")
    seen: set[str] = set()
    for index, projection in enumerate(source.get("sources") or []):
        here = f"{path}.sources[{index}]"
        kinds = [kind for kind in _KINDS if projection.get(kind) is not None]
        for kind in kinds:
            part = projection[kind]
            faults += _validate_source(kind, part, f"{here}.{kind}", path)
            for target, shown in _targets(kind, part):
                if target and target in seen:
                    faults.append(invalid(path, shown, CONFLICT))
                seen.add(target)
        if len(kinds) > 1:
            faults.append(forbidden(here, "may not specify more than 1 volume type per source"))
    return faults


_KINDS = ("secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate")
