"""authorization.k8s.io/v1beta1: reviews of others call the user's groups `group`."""

from typing import Any

from kubewheel.api.retired.definitions import Struct


def to_stored(review: dict[str, Any]) -> None:
    """Give a review the form of v1."""
    _rename(review, "group", "groups")


def from_stored(review: dict[str, Any]) -> None:
    """Give a review of v1 the form of v1beta1."""
    _rename(review, "groups", "group")


def _rename(review: dict[str, Any], old: str, new: str) -> None:
    spec = review.get("spec") or {}
    if old in spec:
        spec[new] = spec.pop(old)


CONVERSIONS = {
    "SubjectAccessReview": (to_stored, from_stored), "LocalSubjectAccessReview": (to_stored, from_stored),
}
STRUCTS = {
    "SubjectAccessReviewSpec": Struct(
        {"group": (["[", {"e": "s", "l": "atomic"}], "The groups that the user is in.")}, drop=("groups",),
    ),
}
