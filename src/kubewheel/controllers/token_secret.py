"""Token Secrets: Secrets of type kubernetes.io/service-account-token are filled, and deleted with their account.

In: these Secrets, ServiceAccounts.  Out: their data (token, ca.crt, namespace), deletes.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.libs.wire import Object
from kubewheel.reconcile import SHARED, Change, Controller, Done, Key, Maps, Outcome, World, key_of, objects

TYPE = "kubernetes.io/service-account-token"
FIELDS = f"type={TYPE}"
NAME_ANNOTATION = "kubernetes.io/service-account.name"
UID_ANNOTATION = "kubernetes.io/service-account.uid"
ISSUER = "kubernetes/serviceaccount"

SignClaims = Callable[[Mapping[str, Any]], str]


def controller(sign_claims: SignClaims, root_ca: bytes) -> Controller:
    """Return the controller; tokens are made by `sign_claims`."""

    async def reconcile(key: Key, world: World) -> Outcome:
        secret = world.informers.informer("Secret", fields=FIELDS).get(*key)
        if secret is None or objects.is_deleting(secret):
            return Done()
        account = await _account(world, secret)
        if account is None:
            await world.delete(secret)
            return Done()
        wanted = plan_data(secret, account, sign_claims, root_ca)
        annotations = {UID_ANNOTATION: objects.uid(account)}
        if wanted != secret.get("data") or not annotations.items() <= objects.annotations(secret).items():
            await world.update({**objects.with_annotations(secret, annotations), "data": wanted})
        return Done()

    return Controller(
        name="tokens-controller", watches="", reconcile=reconcile, identity=SHARED,
        maps=(Maps("Secret", _itself, FIELDS), Maps("ServiceAccount", _secrets_of)),
    )


async def _account(world: World, secret: Object) -> Object | None:
    """Return the account that the Secret names; None if it is gone or another one of that name."""
    place = (objects.namespace(secret), objects.annotations(secret).get(NAME_ANNOTATION, ""))
    account = world.get("ServiceAccount", place)
    if account is None:
        # The Secret is deleted for good: the cache alone is no proof.
        try:
            account = await world.client.get("ServiceAccount", place[1], place[0]) if place[1] else None
        except StatusError as error:
            if error.code != 404:
                raise
    uid = objects.annotations(secret).get(UID_ANNOTATION)
    return account if account is not None and uid in (None, "", objects.uid(account)) else None


def plan_data(secret: Object, account: Object, sign_claims: SignClaims, root_ca: bytes) -> dict[str, str]:
    """Return the data of the Secret: what is missing is added, a token that is there stays."""
    present: Mapping[str, str] = secret.get("data") or {}
    wanted = dict(present)
    wanted["namespace"] = _encode(objects.namespace(secret).encode())
    if root_ca:
        wanted["ca.crt"] = _encode(root_ca)
    if not present.get("token"):
        wanted["token"] = _encode(sign_claims(claims(secret, account)).encode())
    return wanted


def claims(secret: Object, account: Object) -> dict[str, Any]:
    """Return the claims of a token that lives as long as its Secret."""
    prefix = "kubernetes.io/serviceaccount"
    namespace, name = objects.namespace(account), objects.name(account)
    return {
        "iss": ISSUER, "sub": f"system:serviceaccount:{namespace}:{name}", f"{prefix}/namespace": namespace,
        f"{prefix}/secret.name": objects.name(secret), f"{prefix}/service-account.name": name,
        f"{prefix}/service-account.uid": objects.uid(account),
    }


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _itself(_: World, change: Change) -> Iterable[Key]:
    return [] if change.new is None else [key_of(change.new)]


def _secrets_of(world: World, change: Change) -> Iterable[Key]:
    account = change.object
    return [
        key_of(secret) for secret in world.informers.informer("Secret", fields=FIELDS).list(objects.namespace(account))
        if objects.annotations(secret).get(NAME_ANNOTATION) == objects.name(account)
    ]
