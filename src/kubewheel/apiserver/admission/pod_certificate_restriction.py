"""What a node may ask for with a PodCertificateRequest: certificates for pods that it runs, as they are.

A part of NodeRestriction. The store is read directly, so what does not match now never will: a refusal, where a server
that reads from caches would answer "try again".
"""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

MIRROR = "kubernetes.io/config.mirror"


async def check(node: str, matter: Matter, backend: "Backend") -> None:
    """Refuse a request that is none of the node's business."""
    if matter.operation is not Operations.CREATE:
        raise matter.forbidden(f"unexpected operation {matter.operation}")
    if matter.subresource:
        raise matter.forbidden(f"unexpected subresource {matter.subresource}")
    spec = (matter.content or {}).get("spec") or {}
    _node(node, spec, matter, backend)
    pod = _pod(spec, matter, backend)
    _account(spec, pod, matter, backend)
    signer = spec.get("signerName") or ""
    if signer not in _signers(pod):
        raise matter.forbidden(f'pod "{_about(spec, matter)}" mounts no podCertificate of signer "{signer}"')


def _about(spec: Object, matter: Matter) -> str:
    return f"{matter.namespace}/{spec.get('podName') or ''}"


def _stored(what: str, key: Key, matter: Matter, backend: "Backend") -> Object:
    entry = backend.store.get(key)
    if entry is None:
        name = f"{key.namespace}/{key.name}" if key.namespace else key.name
        raise matter.forbidden(
            f'while retrieving {what} "{name}" named in the PodCertificateRequest: '
            f'{what.replace(" ", "")} "{key.name}" not found'
        )
    return entry.object


def _node(node: str, spec: Object, matter: Matter, backend: "Backend") -> None:
    name, uid = spec.get("nodeName") or "", spec.get("nodeUID") or ""
    if name != node:
        raise matter.forbidden(
            f'PodCertificateRequest.Spec.NodeName="{name}", which is not the requesting node "{node}"'
        )
    actual = _stored("node", Key("nodes", "", name), matter, backend)["metadata"]["uid"]
    if uid != actual:
        raise matter.forbidden(
            f'PodCertificateRequest for pod "{_about(spec, matter)}" names node UID "{uid}", inconsistent with the '
            f'running node ("{actual}")'
        )


def _pod(spec: Object, matter: Matter, backend: "Backend") -> Object:
    about, uid = _about(spec, matter), spec.get("podUID") or ""
    pod = _stored("pod", Key("pods", matter.namespace, spec.get("podName") or ""), matter, backend)
    if pod["metadata"]["uid"] != uid:
        raise matter.forbidden(
            f'PodCertificateRequest for pod "{about}" contains pod UID ("{uid}") which differs from running pod '
            f'"{pod["metadata"]["uid"]}"'
        )
    if pod["spec"].get("nodeName") != spec.get("nodeName"):
        raise matter.forbidden(
            f'pod "{about}" is not running on node "{spec.get("nodeName")}" named in the PodCertificateRequest'
        )
    if MIRROR in (pod["metadata"].get("annotations") or {}):
        raise matter.forbidden(f'pod "{about}" is a mirror pod')
    return pod


def _account(spec: Object, pod: Object, matter: Matter, backend: "Backend") -> None:
    about, name, uid = _about(spec, matter), spec.get("serviceAccountName") or "", spec.get("serviceAccountUID") or ""
    actual = pod["spec"].get("serviceAccountName") or ""
    if name != actual:
        raise matter.forbidden(
            f'PodCertificateRequest for pod "{about}" contains serviceAccountName ("{name}") that differs from '
            f'running pod ("{actual}")'
        )
    account = _stored("service account", Key("serviceaccounts", matter.namespace, name), matter, backend)
    if account["metadata"]["uid"] != uid:
        raise matter.forbidden(
            f'PodCertificateRequest for pod "{about}" names service account UID "{uid}", which differs from the '
            f'running service account ("{account["metadata"]["uid"]}")'
        )


def _signers(pod: Object) -> set[str]:
    """Return the signers whose certificates a pod mounts."""
    sources = [(volume.get("projected") or {}).get("sources") or () for volume in pod["spec"].get("volumes") or ()]
    return {source["podCertificate"].get("signerName") or "" for each in sources for source in each
            if source.get("podCertificate")}
