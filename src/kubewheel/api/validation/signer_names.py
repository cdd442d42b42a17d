"""Names of certificate signers, and of the trust bundles that belong to them."""

from kubewheel.api import names
from kubewheel.api.validation.faults import Faults, each, invalid, required, too_long

DOMAIN_BYTES = 253
FORM = "must be a fully qualified domain and path of the form 'example.com/signer-name'"


def validate_signer_name(name: str, path: str) -> Faults:
    """Check a signer's name: a domain, a slash, a path of dotted labels."""
    faults = [] if name else [required(path)]
    segments = name.split("/")
    if len(segments) != 2:
        return [*faults, invalid(path, name, FORM)]
    domain, signer = segments
    if len(domain) > DOMAIN_BYTES:
        faults.append(too_long(path, DOMAIN_BYTES))
    if "." not in domain:
        faults.append(invalid(path, domain, "should be a domain with at least two segments separated by dots"))
    for index, label in enumerate(domain.split(".")):
        faults += each(path, domain, [f"validating label {index}: {fault}" for fault in names.dns_label(label)])
    for index, label in enumerate(signer.split(".")):
        faults += each(path, signer, [f"validating label {index}: {fault}" for fault in names.dns_subdomain(label)])
    return faults


def trust_bundle_name_faults(name: str, signer: str) -> list[str]:
    """Return what is wrong with the name of a trust bundle of `signer` (empty: of nobody)."""
    if not signer:
        if ":" in name:
            return ['ClusterTrustBundle without signer name must not have ":" in its name']
        return names.dns_subdomain(name)
    prefix = f"{signer.replace('/', ':')}:"
    if not name.startswith(prefix):
        return [f"ClusterTrustBundle for signerName {signer} must be named with prefix {prefix}"]
    return names.dns_subdomain(name.removeprefix(prefix))


def signer_of(bundle_name: str) -> str:
    """Return the signer that the name of a trust bundle speaks of, empty if of none."""
    return bundle_name.rpartition(":")[0].replace(":", "/")
