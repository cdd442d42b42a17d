"""rbac.authorization.k8s.io/v1alpha1: subjects have an apiVersion; the user `*` is everybody who is known."""

from typing import Any

from kubewheel.api.retired.definitions import Struct

GROUP = "rbac.authorization.k8s.io"
KNOWN = {"kind": "Group", "apiGroup": GROUP, "name": "system:authenticated"}


def to_stored(binding: dict[str, Any]) -> None:
    """Give the subjects of a binding the form of v1."""
    for subject in binding.get("subjects") or []:
        group, kind = subject.pop("apiVersion", "").rpartition("/")[0], subject.get("kind")
        if kind in ("User", "Group"):
            group = GROUP
        if group and kind != "ServiceAccount":
            subject["apiGroup"] = group
        if kind == "User" and subject.get("name") == "*":
            subject |= KNOWN


def from_stored(binding: dict[str, Any]) -> None:
    """Give the subjects of a binding the form of v1alpha1."""
    for subject in binding.get("subjects") or []:
        if subject == KNOWN:
            subject |= {"kind": "User", "name": "*"}
        group = subject.pop("apiGroup", "")
        subject["apiVersion"] = "v1" if subject.get("kind") == "ServiceAccount" else f"{group}/v1alpha1"


CONVERSIONS = {"ClusterRoleBinding": (to_stored, from_stored), "RoleBinding": (to_stored, from_stored)}
STRUCTS = {
    "Subject": Struct({"apiVersion": ("s", "Group and version of the subject's kind.")}, drop=("apiGroup",)),
}
