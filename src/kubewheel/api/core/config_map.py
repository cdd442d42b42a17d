"""ConfigMap: configuration as keys and values."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import key_value_data
from kubewheel.api.validation.faults import WHOLE, invalid
from kubewheel.libs.wire import Object


def validate(obj: Object) -> list[FieldError]:
    """Check keys and size."""
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    faults = key_value_data.validate_keys(data, "data")
    faults += [
        invalid(f"data[{key}]", key, "duplicate of key present in binaryData") for key in data if key in binary
    ]
    faults += key_value_data.validate_keys(binary, "binaryData")
    size = sum(key_value_data.text_size(value or "") for value in data.values())
    size += sum(key_value_data.decoded_size(value or "") for value in binary.values())
    return faults + key_value_data.validate_size(size, WHOLE)


def validate_update(new: Object, old: Object) -> list[FieldError]:
    """Check that an immutable ConfigMap stays what it is."""
    return key_value_data.validate_frozen(new, old, "data", "binaryData")


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a ConfigMap."""
    count = len(obj.get("data") or {}) + len(obj.get("binaryData") or {})
    return obj["metadata"].get("name"), count, cells.age(obj, now)


KIND = kinds.Kind(
    group="", kind="ConfigMap",
    validate=validate, validate_update=validate_update,
    columns=(kinds.NAME, kinds.Column("Data", description="How many keys there are."), kinds.AGE),
    row=row,
)
