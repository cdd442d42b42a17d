"""Configuration files in upstream's formats: typed access to their fields, and which of them have no effect here."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from kubewheel.api import quantity
from kubewheel.launch.settings import Unfit

T = TypeVar("T")
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|ns|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file's fields by their dotted paths; relative file names in it start from its folder."""

    path: Path
    fields: Mapping[str, Any]

    def read(self, name: str, as_type: Callable[["ConfigFile", Any], T], otherwise: T) -> T:
        """Return the field, or `otherwise` when it is not there; raise Unfit when it is of another type."""
        value = self.fields.get(name)
        if value is None:
            return otherwise
        try:
            return as_type(self, value)
        except (TypeError, ValueError) as error:
            raise Unfit(f"{self.path}: {name}: {value!r} is no {as_type.__name__}") from error

    def warnings(self, honoured: Mapping[str, Any], as_is: Mapping[str, object]) -> Iterator[str]:
        """Yield the fields without effect: neither honoured, nor said to be what is the case anyway."""
        for name, value in self.fields.items():
            if name in honoured or value in _NOTHING or (name in as_is and as_is[name] == value):
                continue
            said = f"; it is as if it were {as_is[name]!r}" if name in as_is else ""
            yield f"{self.path}: {name}: {value!r} is not supported and has no effect{said}"


def load(path: Path, version: str, kind: str) -> ConfigFile:
    """Return the fields of the file at `path`, which must be of that version and kind; raise Unfit."""
    try:
        found = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise Unfit(f"cannot read {path}: {error}") from error
    if not isinstance(found, dict) or (found.get("apiVersion"), found.get("kind")) != (version, kind):
        raise Unfit(f"{path} is no {kind} of version {version}")
    rest = {name: value for name, value in found.items() if name not in ("apiVersion", "kind", "metadata")}
    return ConfigFile(path, dict(_flat(rest, "")))


def _flat(fields: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, dict) and value and name not in MAPPINGS:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


MAPPINGS = frozenset(("systemReserved", "kubeReserved"))  # fields whose keys are the user's words


def text(_: ConfigFile, value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def number(_: ConfigFile, value: Any) -> int:
    """Read a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value


def flag(_: ConfigFile, value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def texts(file: ConfigFile, value: Any) -> tuple[str, ...]:
    """Read a list of texts."""
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(text(file, each) for each in value)


def mappings(_: ConfigFile, value: Any) -> tuple[Mapping[str, str], ...]:
    """Read a list of mappings."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TypeError(value)
    return tuple(value)


def quantities(_: ConfigFile, value: Any) -> Mapping[str, str]:
    """Read a mapping of quantities."""
    return {name: str(quantity.parse(amount)) for name, amount in dict(value).items()}


def file_name(file: ConfigFile, value: Any) -> Path:
    """Read a file's name."""
    return file.path.absolute().parent / text(file, value)


def size(_: ConfigFile, value: Any) -> int:
    """Read a number of bytes."""
    return quantity.parse(value).value


def duration(file: ConfigFile, value: Any) -> float:
    """Read a duration, as 1h30m or 0s, in seconds."""
    written = text(file, value)
    parts = _DURATION.findall(written)
    if written != "0" and (not parts or "".join(amount + unit for amount, unit in parts) != written):
        raise ValueError(value)
    return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)
