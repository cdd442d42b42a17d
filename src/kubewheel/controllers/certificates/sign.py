"""Signs approved requests as the signers kubernetes.io/*; what they do not give is marked as failed."""

import base64
from collections.abc import Callable, Collection

from kubewheel.controllers.certificates import requests
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Outcome, World

Sign = Callable[[bytes, Collection[str], float, float], bytes]
"""Answers a request in PEM for these usages and seconds, from this wall time on, with a certificate in PEM."""
SHORTEST_SECONDS = 600.0
FAILURE = "SignerValidationFailure"


def lifetime(request: Object, longest: float) -> float:
    """Return for how many seconds a certificate is valid: as asked for, within bounds."""
    asked = request["spec"].get("expirationSeconds")
    return longest if asked is None else max(min(float(asked), longest), SHORTEST_SECONDS)


def _is_others(change: Change) -> bool:
    request = change.new
    if request is None or request["spec"].get("signerName") not in requests.SIGNERS:
        return True
    is_answered = bool((request.get("status") or {}).get("certificate")) or requests.has(request, "Failed")
    return is_answered or requests.has(request, "Denied") or not requests.has(request, "Approved")


def controller(sign: Sign, longest: float) -> Controller:
    """Return the controller that issues certificates for at most `longest` seconds."""
    async def reconcile(key: Key, world: World) -> Outcome:
        request = world.get(requests.KIND, key)
        if request is None or _is_others(Change("MODIFIED", request, None)):
            return Done()
        await _answer(world, request)
        return Done()

    async def _answer(world: World, request: Object) -> None:
        usages = request["spec"].get("usages") or ()
        now, status = world.clock.now(), dict(request.get("status") or {})
        fault = requests.SIGNERS[request["spec"]["signerName"]](requests.parse(request), usages)
        if not fault:
            try:
                issued = sign(requests.pem(request), usages, lifetime(request, longest), now)
                status["certificate"] = base64.b64encode(issued).decode()
            except ValueError as error:
                fault = str(error)
        if fault:
            when = rfc3339(now)
            status["conditions"] = [*(status.get("conditions") or ()), {
                "type": "Failed", "status": "True", "reason": FAILURE, "message": fault, "lastUpdateTime": when,
                "lastTransitionTime": when,
            }]
        await world.update_status(request, status)

    return Controller(
        name="certificatesigningrequest-signing-controller", watches=requests.KIND, reconcile=reconcile,
        ignores=_is_others, identity=requests.IDENTITY,
    )
