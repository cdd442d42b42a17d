"""SelfSubjectAccessReview."""

from kubewheel.api.authorization.self_subject_access_review import KIND


def test_validate():
    assert KIND.validate({"spec": {"nonResourceAttributes": {"path": "/"}}}) == []
    assert [fault.field for fault in KIND.validate({})] == ["spec.resourceAttributes"]
