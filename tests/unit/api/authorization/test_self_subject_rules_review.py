"""SelfSubjectRulesReview."""

import pytest

from kubewheel.api.authorization.self_subject_rules_review import KIND
from kubewheel.api.errors import StatusError


def test_validate():
    assert KIND.validate({"spec": {"namespace": "n"}}) == []
    with pytest.raises(StatusError, match="no namespace on request"):
        KIND.validate({})
