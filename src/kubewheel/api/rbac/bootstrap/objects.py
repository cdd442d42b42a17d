"""The objects that stand for the roles and bindings of this package."""

import copy
from collections.abc import Iterable
from typing import Any

from kubewheel.api.rbac import rules
from kubewheel.api.rbac.bootstrap import components, controllers, namespaced, people
from kubewheel.api.rbac.policy import GROUP

Made = dict[str, Any]

AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
LABELS = {"kubernetes.io/bootstrapping": "rbac-defaults"}
ANNOTATIONS = {"rbac.authorization.kubernetes.io/autoupdate": "true"}
CONTROLLERS_NAMESPACE = "kube-system"

# Cluster role -> groups, users and service accounts of kube-system that have it.
BINDINGS: dict[str, tuple[str, str, str]] = {
    "cluster-admin": ("system:masters", "", ""),
    "system:basic-user": ("system:authenticated", "", ""),
    "system:cluster-trust-bundle-discovery": ("system:serviceaccounts", "", ""),
    "system:discovery": ("system:authenticated", "", ""),
    "system:kube-controller-manager": ("", "system:kube-controller-manager", ""),
    "system:kube-dns": ("", "", "kube-dns"),
    "system:kube-scheduler": ("", "system:kube-scheduler", ""),
    "system:monitoring": ("system:monitoring", "", ""),
    "system:node": ("", "", ""),  # The node authorizer gives nodes their rights; tools expect the binding.
    "system:node-proxier": ("", "system:kube-proxy", ""),
    "system:public-info-viewer": ("system:authenticated system:unauthenticated", "", ""),
    "system:service-account-issuer-discovery": ("system:serviceaccounts", "", ""),
    "system:volume-scheduler": ("", "system:kube-scheduler", ""),
}


def _made(kind: str, name: str, namespace: str = "", labels: dict[str, str] | None = None) -> Made:
    metadata: Made = {"name": name, "labels": {**LABELS, **(labels or {})}, "annotations": dict(ANNOTATIONS)}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata}


def _copies(held: Iterable[Made]) -> list[Made]:
    return [copy.deepcopy(rule) for rule in held]


def cluster_roles() -> list[Made]:
    """Return the ClusterRoles; the rules of aggregated ones are gathered already."""
    made = [
        {**_made("ClusterRole", name), "rules": _copies(held)}
        for name, held in {**people.ROLES, **components.ROLES}.items()
    ]
    made += [
        {**_made("ClusterRole", f"{controllers.PREFIX}{name}"), "rules": _copies(held)}
        for name, held in controllers.CONTROLLERS.items()
    ]
    made += [
        {
            **_made("ClusterRole", f"system:aggregate-to-{name}", labels={f"{AGGREGATE}{name}": "true"}),
            "rules": _copies(held),
        }
        for name, held in people.CONTRIBUTIONS.items()
    ]
    # From the innermost outwards, so that each finds what it gathers complete.
    for name, above in reversed(people.AGGREGATED.items()):
        role = _made("ClusterRole", name, labels={f"{AGGREGATE}{above}": "true"} if above else None)
        role["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {f"{AGGREGATE}{name}": "true"}}]}
        role["rules"] = copy.deepcopy(rules.aggregate(role, made))
        made.append(role)
    return sorted(made, key=lambda role: str(role["metadata"]["name"]))


def _subjects(groups: str, users: str, accounts: str) -> list[Made]:
    return [
        *({"apiGroup": GROUP, "kind": "Group", "name": name} for name in groups.split()),
        *({"apiGroup": GROUP, "kind": "User", "name": name} for name in users.split()),
        *(
            {"kind": "ServiceAccount", "name": name, "namespace": CONTROLLERS_NAMESPACE}
            for name in accounts.split()
        ),
    ]


def _bound(binding: Made, kind: str, role: str, subjects: list[Made]) -> Made:
    binding["roleRef"] = {"apiGroup": GROUP, "kind": kind, "name": role}
    if subjects:
        binding["subjects"] = subjects
    return binding


def cluster_role_bindings() -> list[Made]:
    """Return the ClusterRoleBindings."""
    held = dict(BINDINGS)
    held |= {f"{controllers.PREFIX}{name}": ("", "", name) for name in controllers.CONTROLLERS}
    return [
        _bound(_made("ClusterRoleBinding", name), "ClusterRole", name, _subjects(*subjects))
        for name, subjects in sorted(held.items())
    ]


def roles() -> dict[str, list[Made]]:
    """Return the Roles, by namespace."""
    return {
        namespace: [{**_made("Role", name, namespace), "rules": _copies(held)} for name, held in listed.items()]
        for namespace, listed in namespaced.ROLES.items()
    }


def role_bindings() -> dict[str, list[Made]]:
    """Return the RoleBindings, by namespace."""
    return {
        namespace: [
            _bound(_made("RoleBinding", name, namespace), "Role", role, _subjects("", users, accounts))
            for name, role, users, accounts in listed
        ]
        for namespace, listed in namespaced.BINDINGS.items()
    }


def node_rules() -> list[Made]:
    """Return the rules of system:node, which the node authorizer applies to every node."""
    return _copies(components.NODE)
