"""Who may approve, sign, or attest for a signer: permissions on `signers`, by name or for a whole domain."""

from kubewheel.apiserver.authz.attributes import Attributes, Mode
from kubewheel.apiserver.authz.authorizer import MASTERS
from kubewheel.libs.wire import Identity

GROUP, RESOURCE = "certificates.k8s.io", "signers"


def is_allowed(authorizer: Mode, identity: Identity, verb: str, signer: str) -> bool:
    """Tell whether `identity` may do `verb` for the signer of that name, or for all of its domain."""
    if MASTERS in identity.groups:
        return True
    names = (signer, f"{signer.partition('/')[0]}/*")
    return any(
        authorizer.decide(Attributes(identity, verb, RESOURCE, GROUP, name=name, version="*")).allowed
        for name in names
    )
