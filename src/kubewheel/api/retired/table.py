"""Which versions were retired, in one table.

Facts are those of upstream's deprecation guide and of the life cycle that its types declare.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kubewheel.api.resources import Resource, Subresource, split_group_version
from kubewheel.api.retired.retirement import Retirement


class Row(NamedTuple):
    """Kinds of one version that share their fate; `module` is the file that says how they differ."""

    api_version: str
    successor: str
    kinds: str
    deprecated: str
    removed: str
    module: str = ""


EXTENSIONS = "extensions"
_RBAC = "ClusterRole ClusterRoleBinding Role RoleBinding"
_WEBHOOKS = "MutatingWebhookConfiguration ValidatingWebhookConfiguration"
_FLOW = "FlowSchema PriorityLevelConfiguration"
_REVIEWS = "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"
_NETWORKING, _STORAGE, _RBAC_GROUP = "networking.k8s.io", "storage.k8s.io", "rbac.authorization.k8s.io"
_FLOW_GROUP = "flowcontrol.apiserver.k8s.io"

ROWS = (
    Row("apps/v1beta2", "apps/v1", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
        "1.9", "1.16"),
    Row("apps/v1beta1", "apps/v1", "ControllerRevision Deployment StatefulSet", "1.8", "1.16", "apps_v1beta1"),
    Row("events.k8s.io/v1beta1", "events.k8s.io/v1", "Event", "1.22", "1.25", "events_v1beta1"),
    Row("authentication.k8s.io/v1beta1", "authentication.k8s.io/v1", "TokenReview", "1.19", "1.22"),
    Row("authorization.k8s.io/v1beta1", "authorization.k8s.io/v1", _REVIEWS, "1.19", "1.22",
        "authorization_v1beta1"),
    Row("autoscaling/v2beta2", "autoscaling/v2", "HorizontalPodAutoscaler", "1.23", "1.26"),
    Row("autoscaling/v2beta1", "autoscaling/v2", "HorizontalPodAutoscaler", "1.22", "1.25", "autoscaling_v2beta1"),
    Row("batch/v1beta1", "batch/v1", "CronJob", "1.21", "1.25"),
    Row("batch/v2alpha1", "batch/v1", "CronJob", "1.11", "1.21"),
    Row("certificates.k8s.io/v1beta1", "certificates.k8s.io/v1", "CertificateSigningRequest", "1.19", "1.22",
        "certificates_v1beta1"),
    Row(f"{_NETWORKING}/v1beta1", f"{_NETWORKING}/v1", "Ingress", "1.19", "1.22", "networking_v1beta1"),
    Row(f"{_NETWORKING}/v1beta1", f"{_NETWORKING}/v1", "IngressClass", "1.19", "1.22"),
    Row("policy/v1beta1", "policy/v1", "PodDisruptionBudget", "1.21", "1.25", "policy_v1beta1"),
    Row(f"{_RBAC_GROUP}/v1beta1", f"{_RBAC_GROUP}/v1", _RBAC, "1.17", "1.22"),
    Row(f"{_RBAC_GROUP}/v1alpha1", f"{_RBAC_GROUP}/v1", _RBAC, "1.17", "1.22", "rbac_v1alpha1"),
    Row(f"{_STORAGE}/v1beta1", f"{_STORAGE}/v1", "CSIDriver StorageClass VolumeAttachment", "1.19", "1.22"),
    Row(f"{_STORAGE}/v1beta1", f"{_STORAGE}/v1", "CSINode", "1.17", "1.22"),
    Row(f"{_STORAGE}/v1beta1", f"{_STORAGE}/v1", "CSIStorageCapacity", "1.24", "1.27"),
    Row("admissionregistration.k8s.io/v1beta1", "admissionregistration.k8s.io/v1", _WEBHOOKS, "1.16", "1.22",
        "admissionregistration_v1beta1"),
    Row("apiextensions.k8s.io/v1beta1", "apiextensions.k8s.io/v1", "CustomResourceDefinition", "1.16", "1.22",
        "apiextensions_v1beta1"),
    Row("apiregistration.k8s.io/v1beta1", "apiregistration.k8s.io/v1", "APIService", "1.19", "1.22"),
    Row("scheduling.k8s.io/v1beta1", "scheduling.k8s.io/v1", "PriorityClass", "1.14", "1.22"),
    Row("scheduling.k8s.io/v1alpha1", "scheduling.k8s.io/v1", "PriorityClass", "1.14", "1.22"),
    Row("coordination.k8s.io/v1beta1", "coordination.k8s.io/v1", "Lease", "1.19", "1.22"),
    Row("node.k8s.io/v1beta1", "node.k8s.io/v1", "RuntimeClass", "1.22", "1.25"),
    Row("discovery.k8s.io/v1beta1", "discovery.k8s.io/v1", "EndpointSlice", "1.21", "1.25", "discovery_v1beta1"),
    Row(f"{_FLOW_GROUP}/v1beta3", f"{_FLOW_GROUP}/v1", _FLOW, "1.29", "1.32"),
    Row(f"{_FLOW_GROUP}/v1beta2", f"{_FLOW_GROUP}/v1", _FLOW, "1.26", "1.29", "flowcontrol_v1beta2"),
    Row(f"{_FLOW_GROUP}/v1beta1", f"{_FLOW_GROUP}/v1", _FLOW, "1.23", "1.26", "flowcontrol_v1beta2"),
    # Last, so that `kubectl get deployments` means those of the group apps.
    Row("extensions/v1beta1", "apps/v1", "DaemonSet Deployment ReplicaSet", "1.8", "1.16", "extensions_v1beta1"),
    Row("extensions/v1beta1", f"{_NETWORKING}/v1", "Ingress", "1.14", "1.22", "networking_v1beta1"),
    Row("extensions/v1beta1", f"{_NETWORKING}/v1", "NetworkPolicy", "1.9", "1.16"),
)
BY_VERSION: Mapping[str, tuple[Row, ...]] = {
    name: tuple(row for row in ROWS if row.api_version == name) for name in {row.api_version for row in ROWS}
}

NO_POD_SECURITY_POLICY = (
    "PodSecurityPolicy was removed in v1.25 and has no successor with the same rules: label namespaces with "
    "pod-security.kubernetes.io/enforce (see https://kubernetes.io/docs/concepts/security/pod-security-admission/)"
)
# Versions whose Scale was a kind of their own.
OWN_SCALES = frozenset({"apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"})


def resources(served: Iterable[Resource]) -> list[Resource]:
    """Return the resources of all retired versions, given those that are `served` in their place."""
    by_kind = {(each.api_version, each.kind): each for each in served}
    found = [
        _resource(row, by_kind[row.successor, kind]) for row in ROWS for kind in row.kinds.split()
        if (row.successor, kind) in by_kind
    ]
    return [*found, _refused("policy/v1beta1", "1.21", "1.25"), _refused("extensions/v1beta1", "1.11", "1.16")]


def _resource(row: Row, successor: Resource) -> Resource:
    """Return a resource without short names and categories: those mean the successor."""
    group, version = split_group_version(row.api_version)
    return dataclasses.replace(
        successor, group=group, version=version, short_names=(), categories=(),
        subresources=tuple(_subresource(each, successor, row.api_version) for each in successor.subresources),
        retired=Retirement(row.deprecated, row.removed, successor, row.module),
    )


def _subresource(below: Subresource, successor: Resource, api_version: str) -> Subresource:
    is_own = (below.group, below.version) == (successor.group, successor.version)
    if not is_own and not (below.kind == "Scale" and api_version in OWN_SCALES):
        return below
    group, version = split_group_version(api_version)
    return dataclasses.replace(below, group=group, version=version)


def _refused(api_version: str, deprecated: str, removed: str) -> Resource:
    group, version = split_group_version(api_version)
    return Resource(
        group, version, "podsecuritypolicies", "podsecuritypolicy", "PodSecurityPolicy", namespaced=False,
        verbs=("create",), retired=Retirement(deprecated, removed, refusal=NO_POD_SECURITY_POLICY),
    )
