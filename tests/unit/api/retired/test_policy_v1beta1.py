"""An empty selector means nobody in v1beta1, and everybody in v1."""

import pytest

from kubewheel.api.retired import policy_v1beta1 as version


@pytest.mark.parametrize(("old", "stored"), [
    ({}, version.NONE), (version.ALL, {}), ({"matchLabels": {"a": "b"}}, {"matchLabels": {"a": "b"}}), (None, None),
])
def test_selector(old, stored):
    budget = {"spec": {"selector": old}}
    version.to_stored(budget)
    assert budget["spec"]["selector"] == stored
    version.from_stored(budget)
    assert budget["spec"]["selector"] == old
