"""Paths of files, as volumes and mounts name them."""

import posixpath

from kubewheel.api.validation.faults import Faults, invalid

BACKSTEP = "must not contain '..'"


def validate_no_backsteps(value: str, path: str) -> Faults:
    """Check that no step of `value` leads upwards."""
    return [invalid(path, value, BACKSTEP)] if ".." in value.split("/") else []


def validate_descending(value: str, path: str) -> Faults:
    """Check that `value` is relative and never leads upwards."""
    faults = [invalid(path, value, "must be a relative path")] if posixpath.isabs(value) else []
    return faults + validate_no_backsteps(value, path)


def validate_local(value: str, path: str) -> Faults:
    """Check a path inside of a volume whose names starting with `..` belong to the node agent."""
    faults = validate_descending(value, path)
    if value.startswith("..") and not value.startswith("../"):
        faults.append(invalid(path, value, "must not start with '..'"))
    return faults


def validate_mode(value: int | None, path: str) -> Faults:
    """Check the permission bits of a file."""
    if value is None or 0 <= value <= 0o777:
        return []
    return [invalid(path, value, "must be a number between 0 and 0777 (octal), both inclusive")]
