"""Deletes requests that nobody needs any more: machines make them all the time."""

import base64
from collections.abc import Iterator

from kubewheel.controllers.certificates import requests
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Controller, Done, Key, Later, Outcome, World, objects

DECIDED_SECONDS = 3600.0
PENDING_SECONDS = 24 * 3600.0


def end(request: Object) -> float | None:
    """Return the wall time at which the request can go; None if it has none yet."""
    return min(_ends(request), default=None)


def _ends(request: Object) -> Iterator[float]:
    status = request.get("status") or {}
    conditions, issued = status.get("conditions") or (), status.get("certificate")
    if not conditions:
        yield objects.created(request) + PENDING_SECONDS
    for condition in conditions:
        kind, updated = condition.get("type"), condition.get("lastUpdateTime")
        is_over = kind in ("Denied", "Failed") or (kind == "Approved" and issued)
        if is_over and updated:
            yield parse_rfc3339(updated) + DECIDED_SECONDS
        if kind == "Approved" and issued and (last := _expiry(issued)) is not None:
            yield last


def _expiry(issued: str) -> float | None:
    from cryptography import x509  # Slow to load, and most clusters never see a request.

    try:
        return x509.load_pem_x509_certificate(base64.b64decode(issued)).not_valid_after_utc.timestamp()
    except ValueError:
        return None  # Another signer's; its age decides.


async def reconcile(key: Key, world: World) -> Outcome:
    """Delete one request, or wait until its time has come."""
    request = world.get(requests.KIND, key)
    when = end(request) if request is not None else None
    if request is None or when is None or objects.is_deleting(request):
        return Done()
    left = when - world.clock.now()
    if left > 0:
        return Later(left)
    await world.delete(request)
    return Done()


CONTROLLER = Controller(
    name="certificatesigningrequest-cleaner-controller", watches=requests.KIND, reconcile=reconcile,
    identity=requests.IDENTITY,
)
