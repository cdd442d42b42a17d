"""Roles and bindings that every cluster starts with, as objects ready to be created.

Facts: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings, as of 1.37 with
its default features. Names and rules are a contract with tools that people install.
"""

from kubewheel.api.rbac.bootstrap.objects import (
    cluster_role_bindings,
    cluster_roles,
    node_rules,
    role_bindings,
    roles,
)

__all__ = ["cluster_role_bindings", "cluster_roles", "node_rules", "role_bindings", "roles"]
