"""Roles for people: cluster-admin, admin, edit and view, and what everybody may see."""

from kubewheel.api.rbac.bootstrap.notation import (
    AUTHENTICATION,
    AUTHORIZATION,
    COORDINATION,
    DISCOVERY,
    NETWORKING,
    RBAC,
    READ,
    READ_WRITE,
    RESOURCE,
    WRITE,
    Rules,
    rule,
    urls,
)

# Aggregated roles: the role, and the role into which it is gathered in turn.
AGGREGATED = {"admin": "", "edit": "admin", "view": "edit"}

# What the package itself puts into an aggregated role.
CONTRIBUTIONS: dict[str, Rules] = {
    "admin": (
        rule("create", AUTHORIZATION, "localsubjectaccessreviews"),
        rule(READ_WRITE, RBAC, "rolebindings roles"),
    ),
    "edit": (
        rule(READ, "core", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
        rule("impersonate", "core", "serviceaccounts"),
        rule(WRITE, "core", "pods pods/attach pods/exec pods/portforward pods/proxy"),
        rule("create", "core", "pods/eviction"),
        rule(
            WRITE, "core",
            "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets "
            "serviceaccounts services services/proxy",
        ),
        rule("create", "core", "serviceaccounts/token"),
        rule(
            WRITE, "apps",
            "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale "
            "statefulsets statefulsets/scale",
        ),
        rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
        rule(WRITE, "batch", "cronjobs jobs"),
        rule(
            WRITE, "extensions",
            "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets "
            "replicasets/scale replicationcontrollers/scale",
        ),
        rule(WRITE, "policy", "poddisruptionbudgets"),
        rule(WRITE, NETWORKING, "ingresses networkpolicies"),
        rule(READ_WRITE, COORDINATION, "leases"),
        rule(WRITE, RESOURCE, "resourceclaims resourceclaimtemplates"),
    ),
    "view": (
        rule(
            READ, "core",
            "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "
            "replicationcontrollers/scale serviceaccounts services services/status",
        ),
        rule(
            READ, "core",
            "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status "
            "resourcequotas resourcequotas/status",
        ),
        rule(READ, "core", "namespaces"),
        rule(READ, DISCOVERY, "endpointslices"),
        rule(
            READ, "apps",
            "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status "
            "replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
        ),
        rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
        rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
        rule(
            READ, "extensions",
            "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses "
            "ingresses/status networkpolicies replicasets replicasets/scale replicasets/status "
            "replicationcontrollers/scale",
        ),
        rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
        rule(READ, NETWORKING, "ingresses ingresses/status networkpolicies"),
        rule(READ, RESOURCE, "resourceclaims resourceclaims/status resourceclaimtemplates"),
    ),
}

ROLES: dict[str, Rules] = {
    "cluster-admin": (rule("*", "*", "*"), urls("*", "*")),
    "system:discovery": (
        urls(
            "get",
            "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/",
        ),
    ),
    "system:basic-user": (
        rule("create", AUTHORIZATION, "selfsubjectaccessreviews selfsubjectrulesreviews"),
        rule("create", AUTHENTICATION, "selfsubjectreviews"),
    ),
    "system:public-info-viewer": (urls("get", "/healthz /livez /readyz /version /version/"),),
    "system:monitoring": (
        urls("get", "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*"),
        urls("get", "/flagz"),
        urls("get", "/statusz"),
    ),
}
