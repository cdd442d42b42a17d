"""Names of foreign controllers."""

import pytest

from kubewheel.api.validation import managers


@pytest.mark.parametrize(("value", "count"), [
    pytest.param("example.com/manager", 0, id="good"),
    pytest.param("example.com/a/b", 0, id="two-slashes"),
    pytest.param("manager", 1, id="no-domain"),
    pytest.param("/manager", 1, id="empty-domain"),
    pytest.param("Example/manager", 1, id="domain"),
    pytest.param("example.com/a b", 1, id="space"),
])
def test_path(value, count):
    assert len(managers.domain_prefixed_path(value)) == count
