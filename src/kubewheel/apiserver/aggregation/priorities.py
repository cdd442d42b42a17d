"""Where groups and versions stand in discovery; facts are those of upstream's table for its own APIs."""

from collections.abc import Mapping

from kubewheel.api.registry import version_rank

GROUPS: Mapping[str, int] = {
    "": 18000, "extensions": 17900, "apps": 17800, "events.k8s.io": 17750, "authentication.k8s.io": 17700,
    "authorization.k8s.io": 17600, "autoscaling": 17500, "batch": 17400, "certificates.k8s.io": 17300,
    "networking.k8s.io": 17200, "policy": 17100, "rbac.authorization.k8s.io": 17000, "storage.k8s.io": 16800,
    "apiextensions.k8s.io": 16700, "admissionregistration.k8s.io": 16700, "scheduling.k8s.io": 16600,
    "coordination.k8s.io": 16500, "node.k8s.io": 16300, "discovery.k8s.io": 16200,
    "flowcontrol.apiserver.k8s.io": 16100, "internal.apiserver.k8s.io": 16000, "resource.k8s.io": 15900,
    "storagemigration.k8s.io": 15800,
}
UNKNOWN_GROUP = 15700
VERSIONS: Mapping[tuple[str, str], int] = {
    ("", "v1"): 1, ("autoscaling", "v1"): 15, ("autoscaling", "v2"): 30, ("autoscaling", "v2beta1"): 9,
    ("autoscaling", "v2beta2"): 1, ("apps", "v1beta1"): 1, ("apps", "v1beta2"): 9, ("extensions", "v1beta1"): 1,
    ("events.k8s.io", "v1beta1"): 5, ("flowcontrol.apiserver.k8s.io", "v1"): 21,
    ("flowcontrol.apiserver.k8s.io", "v1beta3"): 18, ("flowcontrol.apiserver.k8s.io", "v1beta2"): 15,
    ("flowcontrol.apiserver.k8s.io", "v1beta1"): 12, ("discovery.k8s.io", "v1beta1"): 12,
    ("admissionregistration.k8s.io", "v1beta1"): 12,
}
STABLE, BETA, ALPHA = 15, 9, 1  # Of versions that the table does not name.
CUSTOM = (1000, 100)  # Of custom resources.


def of_own(group: str, version: str) -> tuple[int, int]:
    """Return the priorities of a group and version that this server brings: of the group, of the version in it."""
    by_stability = {3: STABLE, 2: BETA}.get(version_rank(version)[0], ALPHA)
    return GROUPS.get(group, UNKNOWN_GROUP), VERSIONS.get((group, version), by_stability)
