"""SelfSubjectReview."""

from kubewheel.api.authentication.self_subject_review import KIND


def test_anything_goes():
    assert KIND.validate({}) == []
    assert KIND.validate_name("") == []
