"""The end of a version: since when it is deprecated, since when upstream does not serve it, what took its place."""

import dataclasses
import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kubewheel.api.kinds import Kind
    from kubewheel.api.resources import Resource


@dataclass(frozen=True, slots=True)
class Retirement:
    """What became of one version of a kind.

    `module` is the file of this folder that tells how its objects differ from those of `successor`; empty if they
    differ in nothing but `apiVersion`. `refusal`: nothing took its place, and whoever uses it is told so; what can
    do the same instead is the `replacement`.
    """

    deprecated: str
    removed: str
    successor: "Resource | None" = None
    module: str = ""
    refusal: str = ""
    replacement: str = ""

    def warning(self, api_version: str, kind: str) -> str:
        """Return what a client is told that uses the version, in upstream's words."""
        text = f"{api_version} {kind} is deprecated in v{self.deprecated}+, unavailable in v{self.removed}+"
        use = f"{self.successor.api_version} {kind}" if self.successor is not None else self.replacement
        return f"{text}; use {use}" if use else text

    def behaviour(self, version: str, kind: str) -> "Kind":
        """Return the behaviour of the successor, with conversions from and to the retired `version`."""
        assert self.successor is not None, "a kind without successor has no objects"
        base, differences = self.successor.behaviour, load(self.module)
        pair = conversions(differences).get(kind) or base.conversions.get(self.successor.version)
        adjusted = dataclasses.replace(base, conversions={version: pair} if pair else {})
        adjust = getattr(differences, "adjust", None)
        return adjust(adjusted) if adjust is not None else adjusted


def load(module: str) -> ModuleType | None:
    """Return the file that says how a version differs."""
    return importlib.import_module(f"kubewheel.api.retired.{module}") if module else None


def conversions(differences: ModuleType | None) -> dict[str, Any]:
    """Return the conversions of a file, by kind: (to the stored form, from the stored form)."""
    return getattr(differences, "CONVERSIONS", {})
