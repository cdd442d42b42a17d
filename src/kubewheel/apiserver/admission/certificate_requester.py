"""CertificateRequester: a certificate request says who made it, and its author has no say in that."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

FIELDS = ("username", "uid", "groups", "extra")


async def admit(matter: Matter, _: "Backend") -> None:
    """Put the user's identity into the request."""
    if matter.subresource or matter.content is None:
        return
    spec, identity = matter.content.setdefault("spec", {}), matter.identity
    for field in FIELDS:
        spec.pop(field, None)
    extra = {name: list(values) for name, values in identity.extra.items()}
    told = (identity.name, identity.uid, list(identity.groups), extra)
    spec.update({field: value for field, value in zip(FIELDS, told, strict=True) if value})


PLUGIN = Plugin(
    "CertificateRequester", Stage.MUTATE, 990, frozenset({Operations.CREATE}), admit,
    frozenset({"certificatesigningrequests.certificates.k8s.io"}), is_internal=True,
)
