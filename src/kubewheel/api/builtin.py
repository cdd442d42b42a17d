"""The resources that Kubernetes 1.37 serves by default, in one table.

Groups stand in the order of discovery; within a group, versions stand from the preferred one down. Facts are those
of `api/discovery` in upstream's repository.
"""

from collections.abc import Sequence

from kubewheel.api.resources import ALL_VERBS, Resource, Subresource

GROUPS = (
    "", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
    "autoscaling", "batch", "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io",
    "storage.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io",
    "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "flowcontrol.apiserver.k8s.io", "resource.k8s.io",
    "storagemigration.k8s.io",
)

CREATE = ("create",)
CONNECT = ("create", "get")
PROXY = ("create", "delete", "get", "patch", "update")
NO_COLLECTION = tuple(verb for verb in ALL_VERBS if verb != "deletecollection")

# Subresources whose kind is not that of the object: (group, version, kind, verbs).
FOREIGN = {
    "scale": ("autoscaling", "v1", "Scale", ("get", "patch", "update")),
    "binding": ("", "v1", "Binding", CREATE),
    "eviction": ("policy", "v1", "Eviction", CREATE),
    "token": ("authentication.k8s.io", "v1", "TokenRequest", CREATE),
    "attach": ("", "v1", "PodAttachOptions", CONNECT),
    "exec": ("", "v1", "PodExecOptions", CONNECT),
    "portforward": ("", "v1", "PodPortForwardOptions", CONNECT),
}
OWN_VERBS = {"log": ("get",), "finalize": ("update",)}


def _subresource(group: str, version: str, kind: str, name: str) -> Subresource:
    if name == "proxy":
        return Subresource(name, f"{kind}ProxyOptions", group, version, PROXY)
    if name in FOREIGN:
        other_group, other_version, other_kind, verbs = FOREIGN[name]
        return Subresource(name, other_kind, other_group, other_version, verbs)
    return Subresource(name, kind, group, version, OWN_VERBS.get(name, ("get", "patch", "update")))


def _resource(
    group: str, kind: str, plural: str, flags: str = "", *, version: str = "v1", short: str = "", below: str = "",
    categories: Sequence[str] = (), verbs: tuple[str, ...] = ALL_VERBS, stored: str = "",
    stored_group: str | None = None, deprecated: str = "",
) -> Resource:
    """Return one row; `flags` has `c` for cluster-scoped and `a` for the category `all`."""
    return Resource(
        group=group, version=version, plural=plural, singular=kind.lower(), kind=kind, namespaced="c" not in flags,
        short_names=tuple(short.split()), categories=(("all",) if "a" in flags else ()) + tuple(categories),
        verbs=verbs, subresources=tuple(_subresource(group, version, kind, name) for name in below.split()),
        storage_version=stored, storage_group=stored_group, deprecated=deprecated,
    )


def _core() -> list[Resource]:
    group = ""
    return [
        _resource(group, "Binding", "bindings", verbs=CREATE),
        _resource(
            group, "ComponentStatus", "componentstatuses", "c", short="cs", verbs=("get", "list"), deprecated="v1.19+",
        ),
        _resource(group, "ConfigMap", "configmaps", short="cm"),
        _resource(
            group, "Endpoints", "endpoints", short="ep", deprecated="v1.33+; use discovery.k8s.io/v1 EndpointSlice",
        ),
        _resource(group, "Event", "events", short="ev"),
        _resource(group, "LimitRange", "limitranges", short="limits"),
        _resource(group, "Namespace", "namespaces", "c", short="ns", below="finalize status", verbs=NO_COLLECTION),
        _resource(group, "Node", "nodes", "c", short="no", below="proxy status"),
        _resource(group, "PersistentVolumeClaim", "persistentvolumeclaims", short="pvc", below="status"),
        _resource(group, "PersistentVolume", "persistentvolumes", "c", short="pv", below="status"),
        _resource(
            group, "Pod", "pods", "a", short="po",
            below="attach binding ephemeralcontainers eviction exec log portforward proxy resize status",
        ),
        _resource(group, "PodTemplate", "podtemplates"),
        _resource(group, "ReplicationController", "replicationcontrollers", "a", short="rc", below="scale status"),
        _resource(group, "ResourceQuota", "resourcequotas", short="quota", below="status"),
        _resource(group, "Secret", "secrets"),
        _resource(group, "ServiceAccount", "serviceaccounts", short="sa", below="token"),
        _resource(group, "Service", "services", "a", short="svc", below="proxy status"),
    ]


def _workloads() -> list[Resource]:
    scaler = "HorizontalPodAutoscaler"
    scalers = "horizontalpodautoscalers"
    wide = ("podautoscalers",)
    return [
        _resource("apps", "ControllerRevision", "controllerrevisions"),
        _resource("apps", "DaemonSet", "daemonsets", "a", short="ds", below="status"),
        _resource("apps", "Deployment", "deployments", "a", short="deploy", below="scale status"),
        _resource("apps", "ReplicaSet", "replicasets", "a", short="rs", below="scale status"),
        _resource("apps", "StatefulSet", "statefulsets", "a", short="sts", below="scale status"),
        _resource(
            "autoscaling", scaler, scalers, "a", version="v2", short="hpa", below="status", categories=wide,
            stored="v2",
        ),
        _resource("autoscaling", scaler, scalers, "a", short="hpa", below="status", categories=wide, stored="v2"),
        _resource("batch", "CronJob", "cronjobs", "a", short="cj", below="status"),
        _resource("batch", "Job", "jobs", "a", below="status"),
        _resource("policy", "PodDisruptionBudget", "poddisruptionbudgets", short="pdb", below="status"),
        _resource("scheduling.k8s.io", "PriorityClass", "priorityclasses", "c", short="pc"),
    ]


def _access() -> list[Resource]:
    authentication, authorization, rbac = "authentication.k8s.io", "authorization.k8s.io", "rbac.authorization.k8s.io"
    return [
        _resource(authentication, "SelfSubjectReview", "selfsubjectreviews", "c", verbs=CREATE),
        _resource(authentication, "TokenReview", "tokenreviews", "c", verbs=CREATE),
        _resource(authorization, "LocalSubjectAccessReview", "localsubjectaccessreviews", verbs=CREATE),
        _resource(authorization, "SelfSubjectAccessReview", "selfsubjectaccessreviews", "c", verbs=CREATE),
        _resource(authorization, "SelfSubjectRulesReview", "selfsubjectrulesreviews", "c", verbs=CREATE),
        _resource(authorization, "SubjectAccessReview", "subjectaccessreviews", "c", verbs=CREATE),
        _resource(rbac, "ClusterRoleBinding", "clusterrolebindings", "c"),
        _resource(rbac, "ClusterRole", "clusterroles", "c"),
        _resource(rbac, "RoleBinding", "rolebindings"),
        _resource(rbac, "Role", "roles"),
        _resource(
            "certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", "c", short="csr",
            below="approval status",
        ),
        _resource("certificates.k8s.io", "ClusterTrustBundle", "clustertrustbundles", "c"),
        _resource("certificates.k8s.io", "PodCertificateRequest", "podcertificaterequests", below="status"),
    ]


def _network() -> list[Resource]:
    networking = "networking.k8s.io"
    return [
        _resource(networking, "IngressClass", "ingressclasses", "c"),
        _resource(networking, "Ingress", "ingresses", short="ing", below="status"),
        _resource(networking, "IPAddress", "ipaddresses", "c", short="ip"),
        _resource(networking, "NetworkPolicy", "networkpolicies", short="netpol"),
        _resource(networking, "ServiceCIDR", "servicecidrs", "c", below="status"),
        _resource("discovery.k8s.io", "EndpointSlice", "endpointslices"),
        _resource("events.k8s.io", "Event", "events", short="ev", stored_group=""),
        _resource("coordination.k8s.io", "Lease", "leases"),
        _resource("node.k8s.io", "RuntimeClass", "runtimeclasses", "c"),
    ]


def _storage() -> list[Resource]:
    storage, resource = "storage.k8s.io", "resource.k8s.io"
    return [
        _resource(storage, "CSIDriver", "csidrivers", "c"),
        _resource(storage, "CSINode", "csinodes", "c"),
        _resource(storage, "CSIStorageCapacity", "csistoragecapacities"),
        _resource(storage, "StorageClass", "storageclasses", "c", short="sc"),
        _resource(storage, "VolumeAttachment", "volumeattachments", "c", below="status"),
        _resource(storage, "VolumeAttributesClass", "volumeattributesclasses", "c", short="vac"),
        _resource(resource, "DeviceClass", "deviceclasses", "c"),
        _resource(resource, "DeviceTaintRule", "devicetaintrules", "c", below="status"),
        _resource(resource, "ResourceClaim", "resourceclaims", below="status"),
        _resource(resource, "ResourceClaimTemplate", "resourceclaimtemplates"),
        _resource(resource, "ResourceSlice", "resourceslices", "c"),
    ]


def _extension() -> list[Resource]:
    admission, extensions, flow = (
        "admissionregistration.k8s.io", ("api-extensions",), "flowcontrol.apiserver.k8s.io",
    )
    return [
        _resource(admission, "MutatingAdmissionPolicy", "mutatingadmissionpolicies", "c", categories=extensions),
        _resource(
            admission, "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", "c",
            categories=extensions,
        ),
        _resource(
            admission, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "c", categories=extensions,
        ),
        _resource(
            admission, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", "c", categories=extensions,
            below="status",
        ),
        _resource(
            admission, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", "c",
            categories=extensions,
        ),
        _resource(
            admission, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "c",
            categories=extensions,
        ),
        _resource(
            "apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", "c", short="crd crds",
            categories=extensions, below="status",
        ),
        _resource(
            "apiregistration.k8s.io", "APIService", "apiservices", "c", categories=extensions, below="status",
        ),
        _resource(flow, "FlowSchema", "flowschemas", "c", below="status"),
        _resource(flow, "PriorityLevelConfiguration", "prioritylevelconfigurations", "c", below="status"),
        _resource(
            "storagemigration.k8s.io", "StorageVersionMigration", "storageversionmigrations", "c", below="status",
        ),
    ]


def resources() -> list[Resource]:
    """Return every resource, in the order of discovery."""
    found = [*_core(), *_workloads(), *_access(), *_network(), *_storage(), *_extension()]
    rank = {group: place for place, group in enumerate(GROUPS)}
    return sorted(found, key=lambda resource: rank[resource.group])
