"""DeviceClass: a kind of devices that claims can ask for."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.kinds import AGE, NAME, Kind
from kubewheel.api.resource import requests
from kubewheel.api.validation.faults import Faults, each
from kubewheel.libs.wire import Object


def validate(device_class: Object) -> Faults:
    """Return the faults of a DeviceClass."""
    spec = device_class.get("spec") or {}
    faults = requests.validate_selectors(spec.get("selectors"), "spec.selectors")
    for index, configuration in enumerate(spec.get("config") or []):
        faults += requests.validate_configuration(configuration, f"spec.config[{index}]")
    extended = spec.get("extendedResourceName")
    if extended:
        faults += each("spec.extendedResourceName", extended, names.qualified_name(extended))
    return faults


def row(device_class: Object, now: float) -> list[Any]:
    """Return the cells of a DeviceClass."""
    return [cells.name(device_class), cells.age(device_class, now)]


KIND = Kind(
    "resource.k8s.io", "DeviceClass", validate=validate, has_generation=True, row=row, columns=(NAME, AGE),
)
