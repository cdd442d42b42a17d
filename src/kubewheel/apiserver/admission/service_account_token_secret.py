"""ServiceAccountTokenSecret: fills a Secret that asks for the token of an account: token, root CA, namespace.

Such tokens never expire; they are made only where somebody writes such a Secret.
"""

import base64
from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import WRITES, Matter, Plugin, Stage
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

TYPE = "kubernetes.io/service-account-token"
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"


async def admit(matter: Matter, backend: "Backend") -> None:
    """Add what the Secret lacks, if its account exists."""
    secret = matter.content
    if secret is None or secret.get("type") != TYPE or not backend.accounts.can_sign:
        return
    annotations = secret["metadata"].get("annotations") or {}
    account = backend.store.get(Key("serviceaccounts", matter.namespace, annotations.get(NAME) or ""))
    if account is None:
        return
    uid = account.object["metadata"]["uid"]
    if annotations.get(UID) not in (None, "", uid):
        return  # Meant for a namesake that is gone.
    secret["metadata"]["annotations"] = {**annotations, UID: uid}
    data = secret["data"] = dict(secret.get("data") or {})
    data.setdefault("namespace", _encoded(matter.namespace.encode()))
    if backend.settings.client_ca:
        data.setdefault("ca.crt", _encoded(backend.settings.client_ca))
    if not data.get("token"):
        token = backend.accounts.issue_legacy(matter.namespace, account.object, matter.name)
        data["token"] = _encoded(token.encode())


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


PLUGIN = Plugin("ServiceAccountTokenSecret", Stage.MUTATE, 35, WRITES, admit, frozenset({"secrets"}))
