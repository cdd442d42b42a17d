"""SubjectAccessReview."""

from kubewheel.api.authorization.subject_access_review import KIND


def test_validate():
    assert KIND.validate({"spec": {"user": "ann", "resourceAttributes": {"verb": "get"}}}) == []
    found = KIND.validate({"metadata": {"name": "x"}, "spec": {"resourceAttributes": {}}})
    assert [str(fault) for fault in found] == [
        'spec.user: Invalid value: "": at least one of user or group must be specified',
        'metadata: Invalid value: {"name":"x"}: must be empty',
    ]
