"""Defaults of what a claim asks of a volume."""

from typing import Any

from kubewheel.api.defaults import resources


def default_claim_spec(spec: dict[str, Any]) -> None:
    """Complete the spec of a claim."""
    if not spec.get("volumeMode"):
        spec["volumeMode"] = "Filesystem"
    needs = spec.get("resources")
    if needs:
        resources.default_amounts(needs, "limits", "requests")
    elif needs is None:
        spec["resources"] = {}
