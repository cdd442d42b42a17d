"""apiextensions.k8s.io/v1beta1: one schema for all versions, if there is one, and unknown fields that stay."""

from collections.abc import Mapping
from typing import Any

from kubewheel.api import objects
from kubewheel.api.custom.structure import PRESERVE
from kubewheel.api.defaults.fields import fill_empty, part_of
from kubewheel.api.retired.definitions import Struct

INT_OR_STRING = "x-kubernetes-int-or-string"
FREE: Mapping[str, Any] = {"type": "object", PRESERVE: True}
IDENTITY = frozenset({"apiVersion", "kind", "metadata"})
COLUMNS = "additionalPrinterColumns"
COMMON = ("schema", "subresources", COLUMNS)  # What versions may share.
Spec = dict[str, Any]


def to_stored(definition: dict[str, Any]) -> None:
    """Give a CustomResourceDefinition the form of v1."""
    spec = part_of(definition, "spec")
    fill_empty(spec, "scope", "Namespaced")
    common = {"schema": spec.pop("validation", None), "subresources": spec.pop("subresources", None),
              COLUMNS: spec.pop(COLUMNS, None)}
    name, keeps = spec.pop("version", ""), spec.pop("preserveUnknownFields", None)
    if not spec.get("versions"):
        spec["versions"] = [{"name": name, "served": True, "storage": True}]
    for version in spec["versions"]:
        _complete(version, common, keeps=keeps is not False)
    _conversion_to_stored(spec)


def _complete(version: Spec, common: Mapping[str, Any], *, keeps: bool) -> None:
    """Give a version what all share; `keeps`: unknown fields stay, whatever the schema."""
    for name in COMMON:
        if version.get(name) is None and common[name] is not None:
            version[name] = objects.copy({"": common[name]})[""]
    for column in version.get(COLUMNS) or []:
        if "JSONPath" in column:
            column["jsonPath"] = column.pop("JSONPath")
    if keeps:
        schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
        version["schema"] = {"openAPIV3Schema": _keeping(schema, is_root=True)}


def _conversion_to_stored(spec: Spec) -> None:
    conversion = spec.get("conversion")
    if conversion is None:
        return
    client, versions = conversion.pop("webhookClientConfig", None), conversion.pop("conversionReviewVersions", None)
    if conversion.get("strategy") == "Webhook" or client is not None:
        conversion["webhook"] = {"conversionReviewVersions": versions or ["v1beta1"]}
        if client is not None:
            conversion["webhook"]["clientConfig"] = client


def _keeping(schema: Mapping[str, Any], *, is_root: bool = False) -> Spec:
    """Return a structural schema that finds the same faults, and lets unknown fields be."""
    made = dict(schema)
    if _is_number_or_text(made):
        del made["anyOf"]
        made[INT_OR_STRING] = True
    if not made.get("type") and not made.get(INT_OR_STRING):
        _guess_type(made, is_root=is_root)
    if isinstance(made.get("properties"), Mapping):
        made["properties"] = {
            name: part if is_root and name in IDENTITY else _keeping(part) for name, part in made["properties"].items()
        }
    for name in ("items", "additionalProperties"):
        if isinstance(made.get(name), Mapping):
            made[name] = _keeping(made[name])
    if made.get("type") == "array" and "items" not in made:
        made["items"] = {PRESERVE: True}
    if made.get("type") == "object" and "additionalProperties" not in made:
        made[PRESERVE] = True
    return made


def _is_number_or_text(schema: Mapping[str, Any]) -> bool:
    choices = schema.get("anyOf") or []
    return not schema.get("type") and len(choices) == 2 and all(
        {"type": kind} in choices for kind in ("integer", "string")
    )


def _guess_type(schema: Spec, *, is_root: bool) -> None:
    if is_root or "properties" in schema or "additionalProperties" in schema:
        schema["type"] = "object"
    elif "items" in schema:
        schema["type"] = "array"
    else:
        schema[PRESERVE] = True


def from_stored(definition: dict[str, Any]) -> None:
    """Give a CustomResourceDefinition of v1 the form of v1beta1."""
    spec = part_of(definition, "spec")
    versions = spec.get("versions") or []
    schemas = [(version.get("schema") or {}).get("openAPIV3Schema") or {} for version in versions]
    spec["preserveUnknownFields"] = bool(schemas) and all(_keeping(each, is_root=True) == each for each in schemas)
    for version, schema in zip(versions, schemas, strict=True):
        for column in version.get(COLUMNS) or []:
            column["JSONPath"] = column.pop("jsonPath", "")
        if spec["preserveUnknownFields"] and schema == FREE:
            version.pop("schema", None)
    if versions:
        spec["version"] = versions[0].get("name") or ""
        _share(spec, versions)
    _conversion_from_stored(spec)


def _share(spec: Spec, versions: list[Spec]) -> None:
    """Say once what all versions have."""
    for name, shared in zip(COMMON, ("validation", "subresources", COLUMNS), strict=True):
        first = versions[0].get(name)
        if first is not None and all(version.get(name) == first for version in versions):
            spec[shared] = first
            for version in versions:
                del version[name]


def _conversion_from_stored(spec: Spec) -> None:
    webhook = (spec.get("conversion") or {}).pop("webhook", None)
    if webhook is None:
        return
    spec["conversion"]["conversionReviewVersions"] = webhook.get("conversionReviewVersions") or []
    if webhook.get("clientConfig") is not None:
        spec["conversion"]["webhookClientConfig"] = webhook["clientConfig"]


CONVERSIONS = {"CustomResourceDefinition": (to_stored, from_stored)}
_TEXTS = ["[", {"e": "s", "l": "atomic"}]
STRUCTS = {
    "CustomResourceDefinitionSpec": Struct(
        {
            "version": ("s", "The name of the first version."),
            "validation": ("@CustomResourceValidation", "The schema of all versions."),
            "subresources": ("@CustomResourceSubresources", "The subresources of all versions."),
            COLUMNS: (
                ["[", {"e": "@CustomResourceColumnDefinition", "l": "atomic"}], "The columns of all versions.",
            ),
        },
        optional=("versions", "scope"),
    ),
    "CustomResourceConversion": Struct(
        {
            "webhookClientConfig": ("@WebhookClientConfig", "How to call the webhook."),
            "conversionReviewVersions": (_TEXTS, "Versions of ConversionReview that the webhook understands."),
        },
        drop=("webhook",),
    ),
    "CustomResourceColumnDefinition": Struct({"JSONPath": ("s", "Where the value is.")}, drop=("jsonPath",)),
}
