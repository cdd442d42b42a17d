"""TokenRequest."""

import pytest

from kubewheel.api.authentication.token_request import KIND


def test_default():
    request = {}
    KIND.default(request)
    assert request == {"spec": {"expirationSeconds": 3600}}
    assert KIND.validate(request) == []


@pytest.mark.parametrize(("seconds", "detail"), [
    pytest.param(599, "may not specify a duration less than 10 minutes", id="short"),
    pytest.param(2**32 + 1, "may not specify a duration larger than 2^32 seconds", id="long"),
])
def test_refused(seconds, detail):
    assert [str(fault) for fault in KIND.validate({"spec": {"expirationSeconds": seconds}})] == [
        f"spec.expirationSeconds: Invalid value: {seconds}: {detail}"
    ]
