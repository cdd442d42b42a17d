"""ClusterTrustBundleAttest: who publishes the trust anchors of a signer may attest for it."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations, Plugin, Stage
from kubewheel.apiserver.authz import signers
from kubewheel.libs.wire import Object

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse a bundle for a signer that is none of the user's business."""
    if matter.content is None:
        return
    signer = (matter.content.get("spec") or {}).get("signerName") or ""
    if not signer or (matter.operation is Operations.UPDATE and _is_upkeep(matter.content, matter.old)):
        return
    if not signers.is_allowed(backend.authorizer, matter.identity, "attest", signer):
        raise matter.forbidden(f'user not permitted to attest for signerName "{signer}"')


def _is_upkeep(new: Object, old: Object | None) -> bool:
    """Tell whether only owners and finalizers change: garbage collection and storage migration need no permission."""
    return old is not None and _essence(new) == _essence(old)


def _essence(bundle: Object) -> object:
    ignored = ("finalizers", "ownerReferences", "managedFields", "resourceVersion")
    metadata = {name: value for name, value in bundle["metadata"].items() if name not in ignored}
    return metadata, bundle.get("spec")


PLUGIN = Plugin(
    "ClusterTrustBundleAttest", Stage.VALIDATE, 106, WRITES, admit,
    frozenset({"clustertrustbundles.certificates.k8s.io"}),
)
