"""Roles for the parts of a cluster: nodes, scheduler, controllers' process, proxy, DNS, add-ons."""

from kubewheel.api.rbac.bootstrap.notation import (
    CERTIFICATES,
    COORDINATION,
    DISCOVERY,
    EVENTS,
    NETWORKING,
    READ,
    READ_UPDATE,
    RESOURCE,
    REVIEW_ACCESS,
    REVIEW_TOKENS,
    STORAGE,
    Rule,
    Rules,
    rule,
    urls,
)

# The node authorizer narrows these rights to what belongs to the node that asks.
NODE: Rules = (
    REVIEW_TOKENS,
    rule("create", "authorization.k8s.io", "localsubjectaccessreviews subjectaccessreviews"),
    rule(READ, "core", "services"),
    rule("create get list watch", "core", "nodes"),
    rule("patch update", "core", "nodes/status"),
    rule("patch update", "core", "nodes"),
    rule("create patch update", "core", "events"),
    rule(READ, "core", "pods"),
    rule("create delete", "core", "pods"),
    rule("patch update", "core", "pods/status"),
    rule("create", "core", "pods/eviction"),
    rule(READ, "core", "configmaps secrets"),
    rule("get", "core", "persistentvolumeclaims persistentvolumes"),
    rule("get", "core", "endpoints"),
    rule("create get list watch", CERTIFICATES, "certificatesigningrequests"),
    rule("create delete get patch update", COORDINATION, "leases"),
    rule("get", STORAGE, "volumeattachments"),
    rule("create", "core", "serviceaccounts/token"),
    rule("get patch update", "core", "persistentvolumeclaims/status"),
    rule(READ, STORAGE, "csidrivers"),
    rule("create delete get patch update", STORAGE, "csinodes"),
    rule(READ, "node.k8s.io", "runtimeclasses"),
    rule("get", RESOURCE, "resourceclaims"),
    rule("deletecollection", RESOURCE, "resourceslices"),
    rule(READ, CERTIFICATES, "clustertrustbundles"),
    rule("create get list watch", CERTIFICATES, "podcertificaterequests"),
    rule("get", "core", "serviceaccounts"),
)

SCHEDULER: Rules = (
    EVENTS,
    rule("create", COORDINATION, "leases"),
    rule("get list update watch", COORDINATION, "leases", "kube-scheduler"),
    rule(READ, "core", "nodes"),
    rule("delete get list watch", "core", "pods"),
    rule("create", "core", "bindings pods/binding"),
    rule("patch update", "core", "pods/status"),
    rule(READ, "core", "replicationcontrollers services"),
    rule(READ, "apps extensions", "replicasets"),
    rule(READ, "apps", "statefulsets"),
    rule(READ, "policy", "poddisruptionbudgets"),
    rule(READ, "core", "persistentvolumeclaims persistentvolumes"),
    REVIEW_TOKENS,
    REVIEW_ACCESS,
    rule(READ, STORAGE, "csinodes"),
    rule(READ, STORAGE, "volumeattachments"),
    rule(READ, "core", "namespaces"),
    rule(READ, STORAGE, "csidrivers"),
    rule(READ, STORAGE, "csistoragecapacities"),
    rule(READ, RESOURCE, "deviceclasses"),
    rule(READ_UPDATE, RESOURCE, "resourceclaims"),
    rule(READ_UPDATE, RESOURCE, "resourceclaims/status"),
    rule("patch update", RESOURCE, "resourceclaims/binding"),
    rule(READ_UPDATE, "core", "pods/finalizers"),
    rule(READ, RESOURCE, "resourceslices"),
    rule(READ, RESOURCE, "devicetaintrules"),
)

CONTROLLER_MANAGER: Rules = (
    EVENTS,
    rule("create", COORDINATION, "leases"),
    rule("get update", COORDINATION, "leases", "kube-controller-manager"),
    rule("create", "core", "secrets serviceaccounts"),
    rule("delete", "core", "secrets"),
    rule("get", "core", "configmaps namespaces secrets serviceaccounts"),
    rule("update", "core", "secrets serviceaccounts"),
    REVIEW_TOKENS,
    REVIEW_ACCESS,
    rule("list watch", "*", "*"),
    rule("create", "core", "serviceaccounts/token"),
)


def _approver(signer: str) -> tuple[Rule]:
    return (rule("approve", CERTIFICATES, "signers", f"kubernetes.io/{signer}"),)


ROLES: dict[str, Rules] = {
    "system:node": NODE,
    "system:kube-scheduler": SCHEDULER,
    "system:kube-controller-manager": CONTROLLER_MANAGER,
    "system:node-proxier": (
        rule("list watch", "core", "endpoints services"),
        rule(READ, "core", "nodes"),
        EVENTS,
        rule("list watch", NETWORKING, "servicecidrs"),
        rule("list watch", DISCOVERY, "endpointslices"),
    ),
    # Endpoint slices are what our own DNS server reads.
    "system:kube-dns": (
        rule("list watch", "core", "endpoints services"),
        rule("list watch", DISCOVERY, "endpointslices"),
    ),
    "system:heapster": (
        rule(READ, "core", "events namespaces nodes pods"),
        rule(READ, "extensions", "deployments"),
    ),
    "system:node-problem-detector": (
        rule("get", "core", "nodes"),
        rule("patch", "core", "nodes/status"),
        EVENTS,
    ),
    "system:kubelet-api-admin": (
        rule(READ, "core", "nodes"),
        rule("proxy", "core", "nodes"),
        rule("*", "core", "nodes/log nodes/metrics nodes/proxy nodes/stats"),
        rule("*", "core", "nodes/configz nodes/healthz nodes/pods"),
    ),
    "system:node-bootstrapper": (rule("create get list watch", CERTIFICATES, "certificatesigningrequests"),),
    "system:auth-delegator": (REVIEW_TOKENS, REVIEW_ACCESS),
    "system:kube-aggregator": (rule(READ, "core", "endpoints services"),),
    "system:persistent-volume-provisioner": (
        rule("create delete get list watch", "core", "persistentvolumes"),
        rule("get list update watch", "core", "persistentvolumeclaims"),
        rule(READ, STORAGE, "storageclasses"),
        rule("watch", "core", "events"),
        EVENTS,
    ),
    "system:volume-scheduler": (
        rule(READ_UPDATE, "core", "persistentvolumes"),
        rule(READ, STORAGE, "storageclasses"),
        rule(READ_UPDATE, "core", "persistentvolumeclaims"),
    ),
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient": (
        rule("create", CERTIFICATES, "certificatesigningrequests/nodeclient"),
    ),
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": (
        rule("create", CERTIFICATES, "certificatesigningrequests/selfnodeclient"),
    ),
    "system:certificates.k8s.io:kube-apiserver-client-approver": _approver("kube-apiserver-client"),
    "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver": _approver("kube-apiserver-client-kubelet"),
    "system:certificates.k8s.io:kubelet-serving-approver": _approver("kubelet-serving"),
    "system:certificates.k8s.io:legacy-unknown-approver": _approver("legacy-unknown"),
    "system:cluster-trust-bundle-discovery": (rule(READ, CERTIFICATES, "clustertrustbundles"),),
    "system:service-account-issuer-discovery": (
        urls(
            "get",
            "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/",
        ),
    ),
}
