"""ServiceAccount: pods run as an account, with its token, its pull secrets and its restrictions.

Source: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kubewheel.api import names
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations, Plugin, Stage
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

DEFAULT_ACCOUNT = "default"
MIRROR = "kubernetes.io/config.mirror"
ENFORCE_SECRETS = "kubernetes.io/enforce-mountable-secrets"
TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105
VOLUME_PREFIX = "kube-api-access-"
TOKEN_SECONDS = 3607  # Upstream's mark of a token that nobody asked for: its term may be extended.
ROOT_CA = "kube-root-ca.crt"
CONTAINERS = ("initContainers", "containers")


async def admit(matter: Matter, backend: "Backend") -> None:
    """Complete a new pod from its account; on update only ephemeral containers can matter."""
    if matter.subresource or matter.operation is Operations.UPDATE:
        return
    pod = matter.content
    assert pod is not None, "a created pod has content"
    spec = pod.setdefault("spec", {})
    if MIRROR in (pod["metadata"].get("annotations") or {}):
        _check_mirror(matter, spec)
        return
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or DEFAULT_ACCOUNT
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    entry = backend.store.get(Key("serviceaccounts", matter.namespace, name))
    if entry is None:
        raise matter.forbidden(
            f'error looking up service account {matter.namespace}/{name}: serviceaccount "{name}" not found'
        )
    account = entry.object
    if (account["metadata"].get("annotations") or {}).get(ENFORCE_SECRETS) == "true":
        _check_secrets(matter, spec, account)
    if _wants_token(spec, account):
        _mount_token(spec, backend)
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = [dict(each) for each in account["imagePullSecrets"]]


def _check_mirror(matter: Matter, spec: Mapping[str, Any]) -> None:
    if spec.get("serviceAccountName"):
        raise matter.forbidden("a mirror pod may not reference service accounts")
    for volume in spec.get("volumes") or ():
        if volume.get("secret"):
            raise matter.forbidden("a mirror pod may not reference secrets")
        for source in (volume.get("projected") or {}).get("sources") or ():
            if source.get("serviceAccountToken"):
                raise matter.forbidden("a mirror pod may not use ServiceAccountToken volume projections")


def _wants_token(spec: Mapping[str, Any], account: Object) -> bool:
    for owner in (spec, account):
        if owner.get("automountServiceAccountToken") is not None:
            return bool(owner["automountServiceAccountToken"])
    return True


def _mount_token(spec: dict[str, Any], backend: "Backend") -> None:
    volume = _token_volume(spec)
    name = volume["name"] if volume else names.generate(VOLUME_PREFIX, backend.randomness.choice)
    mounted = False
    for field in CONTAINERS:
        for container in spec.get(field) or ():
            mounts = container.get("volumeMounts") or []
            if any(mount.get("mountPath") == TOKEN_PATH for mount in mounts):
                continue
            mounted = True
            container["volumeMounts"] = [*mounts, {"name": name, "readOnly": True, "mountPath": TOKEN_PATH}]
    if mounted and volume is None:
        spec["volumes"] = [*(spec.get("volumes") or ()), {"name": name, "projected": _sources()}]


def _token_volume(spec: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for volume in spec.get("volumes") or ():
        if volume.get("name", "").startswith(VOLUME_PREFIX) and volume.get("projected"):
            return volume  # type: ignore[no-any-return]
    return None


def _sources() -> dict[str, Any]:
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    return {
        "defaultMode": 0o644,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
            {"configMap": {"name": ROOT_CA, "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field}]}},
        ],
    }


def _check_secrets(matter: Matter, spec: Mapping[str, Any], account: Object) -> None:
    allowed = {each.get("name") for each in account.get("secrets") or ()}
    name = account["metadata"]["name"]
    for volume in spec.get("volumes") or ():
        secret = (volume.get("secret") or {}).get("secretName")
        if secret and secret not in allowed:
            raise matter.forbidden(
                f'volume with secret.secretName="{secret}" is not allowed because service account {name} does not '
                "reference that secret"
            )
    for field in CONTAINERS:
        for container in spec.get(field) or ():
            _check_environment(matter, container, name, allowed)
    pulled = {each.get("name") for each in account.get("imagePullSecrets") or ()}
    for reference in spec.get("imagePullSecrets") or ():
        if reference.get("name") not in pulled:
            raise matter.forbidden(
                f'imagePullSecrets[0].name="{reference.get("name")}" is not allowed because service account {name} '
                "does not reference that imagePullSecret"
            )


def _check_environment(matter: Matter, container: Mapping[str, Any], account: str, allowed: set[Any]) -> None:
    for variable in container.get("env") or ():
        secret = ((variable.get("valueFrom") or {}).get("secretKeyRef") or {}).get("name")
        if secret and secret not in allowed:
            raise matter.forbidden(
                f'container {container["name"]} with envVar {variable["name"]} referencing secret.secretName='
                f'"{secret}" is not allowed because service account {account} does not reference that secret'
            )


PLUGIN = Plugin("ServiceAccount", Stage.MUTATE, 30, WRITES, admit, frozenset({"pods"}))
