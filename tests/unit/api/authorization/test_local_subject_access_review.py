"""LocalSubjectAccessReview."""

from kubewheel.api.authorization.local_subject_access_review import KIND


def test_validate():
    spec = {"user": "ann", "resourceAttributes": {"namespace": "n"}}
    assert KIND.validate({"metadata": {"namespace": "n"}, "spec": spec}) == []
    found = KIND.validate({"metadata": {"namespace": "m", "name": "x"}, "spec": spec})
    assert [(fault.field, fault.detail) for fault in found] == [
        ("metadata", "must be empty except for namespace"),
        ("spec.resourceAttributes.namespace", "must match metadata.namespace"),
    ]
    found = KIND.validate({"metadata": {"namespace": "n"}, "spec": {"user": "ann", "nonResourceAttributes": {}}})
    assert [fault.detail for fault in found] == ["disallowed on this kind of request"]
