"""Approves requests of kubelets for their identity, if who asks may have one; all others wait for a person."""

from typing import Any

from kubewheel.controllers.certificates import requests
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Outcome, World

SELF_TEXT = "Auto approving self kubelet client certificate after SubjectAccessReview."
TEXT = "Auto approving kubelet client certificate after SubjectAccessReview."


def is_decided(request: Object) -> bool:
    """Tell whether there is nothing to decide any more."""
    issued = (request.get("status") or {}).get("certificate")
    return bool(issued) or requests.has(request, "Approved") or requests.has(request, "Denied")


def _is_others(change: Change) -> bool:
    request = change.new
    return request is None or request["spec"].get("signerName") != requests.KUBELET_CLIENT or is_decided(request)


async def reconcile(key: Key, world: World) -> Outcome:
    """Approve one request, or leave it alone."""
    request = world.get(requests.KIND, key)
    if request is None or _is_others(Change("MODIFIED", request, None)):
        return Done()
    asked = requests.parse(request)
    if requests.kubelet_client_fault(asked, request["spec"].get("usages") or ()):
        return Done()
    if request["spec"].get("username") == requests.common_name(asked) and await _may(world, request, "selfnodeclient"):
        await _approve(world, request, SELF_TEXT)
    elif await _may(world, request, "nodeclient"):
        await _approve(world, request, TEXT)
    return Done()


async def _may(world: World, request: Object, subresource: str) -> bool:
    """Ask whether who made the request may have such a certificate without a person's approval."""
    asker = request["spec"]
    spec: dict[str, Any] = {
        "user": asker.get("username") or "", "uid": asker.get("uid") or "", "groups": asker.get("groups") or [],
        "extra": asker.get("extra") or {},
        "resourceAttributes": {
            "group": "certificates.k8s.io", "resource": "certificatesigningrequests", "verb": "create",
            "subresource": subresource,
        },
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {},
        "spec": {name: value for name, value in spec.items() if value},
    }
    answer = await world.client.create(review)
    return bool((answer.get("status") or {}).get("allowed"))


async def _approve(world: World, request: Object, text: str) -> None:
    condition = {"type": "Approved", "status": "True", "reason": "AutoApproved", "message": text}
    status = dict(request.get("status") or {})
    status["conditions"] = [*(status.get("conditions") or ()), condition]
    await world.update({**request, "status": status}, subresource="approval")


CONTROLLER = Controller(
    name="certificatesigningrequest-approving-controller", watches=requests.KIND, reconcile=reconcile,
    ignores=_is_others, identity=requests.IDENTITY,
)
