"""Roles that hold in one namespace, and who has them."""

from kubewheel.api.rbac.bootstrap.notation import COORDINATION, EVENTS, READ, Rules, rule

SYSTEM, PUBLIC = "kube-system", "kube-public"

ROLES: dict[str, dict[str, Rules]] = {
    SYSTEM: {
        "extension-apiserver-authentication-reader": (
            rule(READ, "core", "configmaps", "extension-apiserver-authentication"),
        ),
        "system:controller:bootstrap-signer": (rule(READ, "core", "secrets"),),
        "system:controller:cloud-provider": (rule("create get list watch", "core", "configmaps"),),
        "system:controller:token-cleaner": (rule("delete get list watch", "core", "secrets"), EVENTS),
        "system::leader-locking-kube-controller-manager": (
            rule("watch", "core", "configmaps"),
            rule("get update", "core", "configmaps", "kube-controller-manager"),
            rule("create get list update watch", COORDINATION, "leases"),
        ),
        "system::leader-locking-kube-scheduler": (
            rule("watch", "core", "configmaps"),
            rule("get update", "core", "configmaps", "kube-scheduler"),
        ),
    },
    PUBLIC: {
        "system:controller:bootstrap-signer": (
            rule(READ, "core", "configmaps"),
            rule("update", "core", "configmaps", "cluster-info"),
            EVENTS,
        ),
    },
}

# Namespace -> (name of the binding, role, users, service accounts of kube-system).
BINDINGS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    SYSTEM: (
        (
            "system::extension-apiserver-authentication-reader", "extension-apiserver-authentication-reader",
            "system:kube-controller-manager system:kube-scheduler", "",
        ),
        (
            "system::leader-locking-kube-controller-manager", "system::leader-locking-kube-controller-manager",
            "system:kube-controller-manager", "kube-controller-manager",
        ),
        (
            "system::leader-locking-kube-scheduler", "system::leader-locking-kube-scheduler",
            "system:kube-scheduler", "kube-scheduler",
        ),
        ("system:controller:bootstrap-signer", "system:controller:bootstrap-signer", "", "bootstrap-signer"),
        ("system:controller:cloud-provider", "system:controller:cloud-provider", "", "cloud-provider"),
        ("system:controller:token-cleaner", "system:controller:token-cleaner", "", "token-cleaner"),
    ),
    PUBLIC: (("system:controller:bootstrap-signer", "system:controller:bootstrap-signer", "", "bootstrap-signer"),),
}
