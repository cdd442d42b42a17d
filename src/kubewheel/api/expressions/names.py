"""Formats: the forms of names, as values that validate."""

import base64
import binascii
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from kubewheel.api import names
from kubewheel.libs.cel import Failure, optional
from kubewheel.libs.cel.library.addresses import parse_url
from kubewheel.libs.cel.library.times import parse_timestamp
from kubewheel.libs.cel.signatures import Row, traversal
from kubewheel.libs.cel.values import Opaque, Optional

Check = Callable[[str], list[str]]


class NamedFormat(Opaque):
    """A format."""

    kind = "kubernetes.NamedFormat"

    def __init__(self, name: str) -> None:
        self.name = name

    def key(self) -> Any:
        return self.name


def _parsed(parse: Callable[[str], Any], message: str) -> Check:
    def check(text: str) -> list[str]:
        try:
            parse(text)
        except (ValueError, Failure):
            return [message]
        return []

    return check


def _base64(text: str) -> None:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError from error


def _prefix(check: Check) -> Check:
    return lambda text: check(names.as_prefix(text))


FORMATS: Mapping[str, Check] = {
    "dns1123Label": names.dns_label, "dns1123Subdomain": names.dns_subdomain, "dns1035Label": names.dns_1035_label,
    "qualifiedName": names.qualified_name, "labelValue": names.label_value,
    "dns1123LabelPrefix": _prefix(names.dns_label), "dns1123SubdomainPrefix": _prefix(names.dns_subdomain),
    "dns1035LabelPrefix": _prefix(names.dns_1035_label), "uri": _parsed(parse_url, "invalid URI"),
    "uuid": _parsed(uuid.UUID, "does not match the UUID format"), "byte": _parsed(_base64, "invalid base64"),
    "date": _parsed(date.fromisoformat, "invalid date"), "datetime": _parsed(parse_timestamp, "invalid datetime"),
}


def _validate(form: NamedFormat, value: str) -> Optional:
    messages = FORMATS[form.name](value)
    return optional(messages) if messages else optional()


def _named(name: str) -> Optional:
    return optional(NamedFormat(name)) if name in FORMATS else optional()


def _constant(name: str) -> Row:
    made = NamedFormat(name)
    return f"format.{name}", "() kubernetes.NamedFormat", lambda: made


FUNCTIONS: Sequence[Row] = (
    *map(_constant, FORMATS), ("format.named", "(string) optional(kubernetes.NamedFormat)", _named),
    ("validate", "kubernetes.NamedFormat.(string) optional(list(string))", _validate,
     lambda _, text: traversal()(text)),
)
