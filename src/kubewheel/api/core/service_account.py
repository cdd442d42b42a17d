"""ServiceAccount: an identity for what runs in pods."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds
from kubewheel.api.defaults.resources import settle
from kubewheel.libs.wire import Object


def default(obj: dict[str, Any]) -> None:
    """Keep of the references to Secrets what means something: their names."""
    secrets = obj.get("secrets")
    if secrets:
        settle(obj, "secrets", [{"name": each["name"]} if each.get("name") else {} for each in secrets])


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a service account."""
    return obj["metadata"].get("name"), len(obj.get("secrets") or []), cells.age(obj, now)


KIND = kinds.Kind(
    group="", kind="ServiceAccount",
    default=default,
    columns=(kinds.NAME, kinds.Column("Secrets", description="How many Secrets belong to the account."), kinds.AGE),
    row=row,
)
