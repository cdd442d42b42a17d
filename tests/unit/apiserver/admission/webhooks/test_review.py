"""What answers of webhooks are taken for."""

import base64
from typing import Any

import pytest

from kubewheel.apiserver.admission.webhooks import review

PATCH = base64.b64encode(b"[]").decode()


def read(mutating: bool = True, version: str = "v1", **response: Any) -> review.Answer:
    whole = {"kind": "AdmissionReview", "apiVersion": f"admission.k8s.io/{version}",
             "response": {"uid": "u", "allowed": True, **response}}
    return review.read(whole, "u", version, mutating=mutating)


def test_an_answer() -> None:
    answer = read(warnings=["w"], auditAnnotations={"a": "b"}, status={"code": 1}, patch=PATCH, patchType="JSONPatch")
    assert answer == review.Answer(True, {"code": 1}, ("w",), {"a": "b"}, b"[]", "JSONPatch")


@pytest.mark.parametrize("allowed", [False, None, "true", 1])
def test_only_true_allows(allowed: Any) -> None:
    assert read(allowed=allowed).allowed is False


def test_an_older_answer_is_checked_less() -> None:
    whole = {"response": {"allowed": True, "patch": PATCH}}
    assert review.read(whole, "u", "v1beta1", mutating=True).patch_type == "JSONPatch"
    assert review.read(whole, "u", "v1beta1", mutating=False).patch == b""


def test_the_kind_of_an_answer() -> None:
    with pytest.raises(review.Malformed, match="got /, Kind="):
        review.read({"response": {"uid": "u"}}, "u", "v1", mutating=True)
