"""Which kinds deviate from the usual rules of writing and deleting; facts of upstream's strategies."""

from kubewheel.api.registry import Resource

# An update of what does not exist creates it.
CREATE_ON_UPDATE = frozenset({
    "endpoints", "events", "events.events.k8s.io", "limitranges", "services", "leases.coordination.k8s.io",
    "roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io",
})
# An update must name the resourceVersion that it is based on.
CONDITIONAL_UPDATE = frozenset({
    "leases.coordination.k8s.io", "volumeattachments.storage.k8s.io", "csidrivers.storage.k8s.io",
    "csinodes.storage.k8s.io", "csistoragecapacities.storage.k8s.io", "customresourcedefinitions.apiextensions.k8s.io",
    "apiservices.apiregistration.k8s.io", "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io", "poddisruptionbudgets.policy",
    "runtimeclasses.node.k8s.io", "ipaddresses.networking.k8s.io", "servicecidrs.networking.k8s.io",
})
# A delete answers with the object, even when it is gone.
RETURNS_DELETED = frozenset({
    "pods", "persistentvolumes", "persistentvolumeclaims", "podtemplates", "resourcequotas", "serviceaccounts",
    "storageclasses.storage.k8s.io", "volumeattachments.storage.k8s.io", "csinodes.storage.k8s.io",
    "csidrivers.storage.k8s.io", "runtimeclasses.node.k8s.io",
})
# Without a propagation policy, what the object owns stays.
ORPHANS_BY_DEFAULT = frozenset({"replicationcontrollers", "jobs.batch"})


def creates_on_update(resource: Resource) -> bool:
    """Tell whether an update may create."""
    return resource.storage_key in CREATE_ON_UPDATE


def updates_unconditionally(resource: Resource) -> bool:
    """Tell whether an update may leave resourceVersion out."""
    return resource.storage_key not in CONDITIONAL_UPDATE and resource.custom is None
