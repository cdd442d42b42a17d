"""TokenReview."""

import pytest

from kubewheel.api.authentication.token_review import KIND
from kubewheel.api.errors import StatusError


def test_good():
    assert KIND.validate({"spec": {"token": "t"}}) == []


@pytest.mark.parametrize(("review", "message"), [
    pytest.param({}, "token is required for TokenReview in authentication", id="no-token"),
    pytest.param(
        {"metadata": {"namespace": "n"}, "spec": {"token": "t"}}, "namespace is not allowed on this type: n",
        id="namespace",
    ),
])
def test_refused(review, message):
    with pytest.raises(StatusError) as caught:
        KIND.validate(review)
    assert (caught.value.code, caught.value.message) == (400, message)
