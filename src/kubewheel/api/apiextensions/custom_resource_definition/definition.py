"""Rules of a CustomResourceDefinition as an object: names, versions, conversion, what may change."""

from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.apiextensions.custom_resource_definition import printing, schemas
from kubewheel.api.defaults.fields import fill, fill_empty, part_of
from kubewheel.api.kinds import Kind, keep_status
from kubewheel.api.validation import webhooks
from kubewheel.api.validation.faults import Faults, forbidden, immutable, invalid, required, unsupported
from kubewheel.libs.wire import Object

GROUP = "apiextensions.k8s.io"
SCOPES = ("Cluster", "Namespaced")
STRATEGIES = ("None", "Webhook")
APPROVAL = "api-approved.kubernetes.io"
PROTECTED = ("k8s.io", "kubernetes.io")
NOT_APPROVED = (
    f'protected groups must have approval annotation "{APPROVAL}", see '
    "https://github.com/kubernetes/enhancements/pull/1111"
)
REVIEWS = "conversionReviewVersions"
MIXED_CASE = "may have mixed case, but should otherwise match: "
MAX_WARNING = 256
# Parts of a version, and where upstream looks for them when they are the same in all versions.
SHARED: Mapping[str, str] = {
    "schema": "validation", "subresources": "subresources", "additionalPrinterColumns": "additionalPrinterColumns",
    "selectableFields": "selectableFields",
}
Places = Mapping[str, str]
MISSING_VERSION = (
    "missing from spec.versions; {0} was previously a storage version, and must remain in spec.versions until a "
    "storage migration ensures no data remains persisted in {0} and removes {0} from status.storedVersions"
)


def _spec(definition: Object) -> Object:
    return definition.get("spec") or {}


def _storage_versions(definition: Object) -> list[str]:
    return [str(each.get("name")) for each in _spec(definition).get("versions") or [] if each.get("storage")]


def prepare_create(definition: dict[str, Any]) -> None:
    """Start with nothing stored but what the storage version will store."""
    definition["status"] = {
        "acceptedNames": {"plural": "", "kind": ""}, "conditions": None,
        "storedVersions": _storage_versions(definition)[:1],
    }


def prepare_update(new: dict[str, Any], old: Object) -> None:
    """Keep the status, and remember a new storage version."""
    keep_status(new, old)
    status = new["status"] = dict(new.get("status") or {})
    stored = list(status.get("storedVersions") or [])
    stored += [version for version in _storage_versions(new)[:1] if version not in stored]
    status["storedVersions"] = stored


def default(definition: dict[str, Any]) -> None:
    """Complete a CustomResourceDefinition."""
    spec = part_of(definition, "spec")
    known = part_of(spec, "names")
    kind = known.get("kind") or ""
    if kind:
        fill_empty(known, "singular", kind.lower())
        fill_empty(known, "listKind", f"{kind}List")
    conversion = part_of(spec, "conversion")
    fill_empty(conversion, "strategy", "None")
    client = ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("service")
    if client is not None:
        fill(client, "port", webhooks.PORT)


def _joined(path: str, value: str, messages: Sequence[str], prefix: str = "") -> Faults:
    return [invalid(path, value, prefix + ",".join(messages))] if messages else []


def _validate_names(known: Object, path: str) -> Faults:
    faults = [
        required(f"{path}.{field}") for field in ("plural", "singular", "kind", "listKind") if not known.get(field)
    ]
    plural, singular = known.get("plural") or "", known.get("singular") or ""
    faults += _joined(f"{path}.plural", plural, names.dns_1035_label(plural))
    if singular:
        faults += _joined(f"{path}.singular", singular, names.dns_1035_label(singular))
    for field in ("kind", "listKind"):
        value = known.get(field) or ""
        if value:
            faults += _joined(f"{path}.{field}", value, names.dns_1035_label(value.lower()), MIXED_CASE)
    for field in ("shortNames", "categories"):
        for index, value in enumerate(known.get(field) or []):
            faults += _joined(f"{path}.{field}[{index}]", value, names.dns_1035_label(value))
    if known.get("kind") and known.get("kind") == known.get("listKind"):
        detail = "kind and listKind may not be the same"
        faults.append(invalid(f"{path}.listKind", known["listKind"], detail))
    return faults


def _validate_deprecation(version: Object, path: str) -> Faults:
    warning = version.get("deprecationWarning")
    if warning is None:
        return []
    if not version.get("deprecated"):
        return [invalid(path, warning, "can only be set for deprecated versions")]
    texts = [] if len(warning.encode()) <= MAX_WARNING else [f"must be <= {MAX_WARNING} characters long"]
    texts += [] if warning else ["must not be an empty string"]
    for index, letter in enumerate(warning):
        if not letter.isprintable():
            texts.append(
                "must only contain printable UTF-8 characters; non-printable character found at index "
                f"{len(warning[:index].encode())}"
            )
            break
    return [invalid(path, warning, text) for text in texts]


def _validate_parts(version: Object, places: Places) -> Faults:
    """Check schema, subresources, columns and selectable fields of a version, each at its place (empty: not here)."""
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    subresources = version.get("subresources")
    faults: Faults = []
    if schema is not None and places["schema"]:
        has_status = (subresources or {}).get("status") is not None
        faults += schemas.validate(schema, f"{places['schema']}.openAPIV3Schema", has_status=has_status)
    if places["subresources"]:
        faults += printing.validate_subresources(subresources, places["subresources"])
    if places["additionalPrinterColumns"]:
        columns = version.get("additionalPrinterColumns")
        faults += printing.validate_columns(columns, places["additionalPrinterColumns"])
    if places["selectableFields"]:
        faults += printing.validate_selectable(
            version.get("selectableFields"), schema or {}, places["selectableFields"],
        )
    return faults


def _validate_versions(spec: Object, path: str) -> Faults:
    versions = spec.get("versions") or []
    faults: Faults = []
    for index, version in enumerate(versions):
        if (version.get("schema") or {}).get("openAPIV3Schema") is None:
            faults.append(required(f"{path}[{index}].schema.openAPIV3Schema", "schemas are required"))
    # What all versions have in common is upstream's as if it stood above them, and so are the paths of its faults.
    shared = {name for name in SHARED if all(each.get(name) == versions[0].get(name) for each in versions)}
    for index, version in enumerate(versions):
        here, name = f"{path}[{index}]", version.get("name") or ""
        faults += _joined(f"{here}.name", name, names.dns_1035_label(name))
        faults += _validate_deprecation(version, f"{here}.deprecationWarning")
        faults += _validate_parts(version, {each: "" if each in shared else f"{here}.{each}" for each in SHARED})
    known = [version.get("name") for version in versions]
    if len(set(known)) < len(known):
        faults.append(invalid(path, known, "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        faults.append(invalid(path, known, "must have exactly one version marked as storage version"))
    if versions:
        above = {each: f"spec.{SHARED[each]}" if each in shared else "" for each in SHARED}
        faults += _validate_parts(versions[0], above)
    return faults


def _validate_conversion(conversion: Object, path: str) -> Faults:
    strategy, webhook = conversion.get("strategy") or "", conversion.get("webhook")
    here = f"{path}.webhookClientConfig"  # As upstream calls it within.
    if not strategy:
        return [required(f"{path}.strategy")]
    if strategy not in STRATEGIES:
        return [unsupported(f"{path}.strategy", strategy, STRATEGIES)]
    if strategy == "None":
        detail = "should not be set when strategy is not set to Webhook"
        given = webhook or {}
        places = ((given.get("clientConfig"), here), (given.get("conversionReviewVersions"), f"{path}.{REVIEWS}"))
        return [forbidden(place, detail) for value, place in places if value is not None]
    client = (webhook or {}).get("clientConfig")
    if client is None:
        faults = [required(here, "required when strategy is set to Webhook")]
    else:
        faults = webhooks.validate_client(client, here)
    versions, listed = (webhook or {}).get(REVIEWS) or [], f"{path}.{REVIEWS}"
    if not versions:
        return [*faults, required(listed)]
    for index, version in enumerate(versions):
        if version in versions[:index]:
            faults.append(invalid(f"{listed}[{index}]", version, "duplicate version"))
        faults += _joined(f"{listed}[{index}]", version, names.dns_1035_label(version))
    if not {"v1", "v1beta1"} & {*versions}:
        faults.append(invalid(listed, versions, "must include at least one of v1, v1beta1"))
    return faults


def _validate_group(group: str, path: str) -> Faults:
    if not group:
        return [required(path)]
    if messages := names.dns_subdomain(group):
        return _joined(path, group, messages)
    return [] if "." in group else [invalid(path, group, "should be a domain with at least one dot")]


def _validate_approval(definition: Object, group: str) -> Faults:
    if not any(group == name or group.endswith(f".{name}") for name in PROTECTED):
        return []
    approval = ((definition.get("metadata") or {}).get("annotations") or {}).get(APPROVAL) or ""
    path = f"metadata.annotations[{APPROVAL}]"
    if not approval:
        return [required(path, NOT_APPROVED)]
    if approval.startswith(("unapproved", "https://", "http://")):
        return []
    detail = (
        "protected groups must have approval annotation with either a URL or a reason starting with \"unapproved\", "
        "see https://github.com/kubernetes/enhancements/pull/1111"
    )
    return [invalid(path, approval, detail)]


def _validate_stored(definition: Object) -> Faults:
    stored = (definition.get("status") or {}).get("storedVersions") or []
    path = "status.storedVersions"
    known = {version.get("name") for version in _spec(definition).get("versions") or []}
    faults = [] if stored else [invalid(path, stored, "must have at least one stored version")]
    return faults + [
        invalid(f"{path}[{index}]", version, MISSING_VERSION.format(version))
        for index, version in enumerate(stored) if version not in known
    ]


def validate(definition: Object) -> Faults:
    """Return the faults of a CustomResourceDefinition."""
    spec = _spec(definition)
    known, group, scope = spec.get("names") or {}, spec.get("group") or "", spec.get("scope") or ""
    faults: Faults = []
    if cells.name(definition) != f"{known.get('plural') or ''}.{group}":
        faults.append(invalid("metadata.name", cells.name(definition), 'must be spec.names.plural+"."+spec.group'))
    faults += _validate_group(group, "spec.group")
    if not scope:
        faults.append(required("spec.scope"))
    elif scope not in SCOPES:
        faults.append(unsupported("spec.scope", scope, SCOPES))
    if spec.get("preserveUnknownFields"):
        detail = (
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        )
        faults.append(invalid("spec.preserveUnknownFields", True, detail))
    faults += _validate_versions(spec, "spec.versions")
    faults += _validate_names(known, "spec.names")
    faults += _validate_conversion(spec.get("conversion") or {}, "spec.conversion")
    return faults + _validate_stored(definition) + _validate_approval(definition, group)


def is_established(definition: Object) -> bool:
    """Return whether objects of the kind can be created."""
    listed = (definition.get("status") or {}).get("conditions") or []
    return any(each.get("type") == "Established" and each.get("status") == "True" for each in listed)


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a kind that is in use remains what it is."""
    now, before = _spec(new), _spec(old)
    mine, theirs = now.get("names") or {}, before.get("names") or {}
    faults: Faults = []
    if is_established(old):
        faults += immutable("spec.scope", now.get("scope"), before.get("scope"))
        faults += immutable("spec.names.kind", mine.get("kind"), theirs.get("kind"))
    faults += immutable("spec.group", now.get("group"), before.get("group"))
    return faults + immutable("spec.names.plural", mine.get("plural"), theirs.get("plural"))


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    return _validate_stored(new)


KIND = Kind(
    GROUP, "CustomResourceDefinition", default=default, prepare_create=prepare_create, prepare_update=prepare_update,
    validate=validate, validate_update=validate_update, validate_status=validate_status, has_generation=True,
)
