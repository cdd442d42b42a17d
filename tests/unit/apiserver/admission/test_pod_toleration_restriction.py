"""Which tolerations cover which."""

from typing import Any

import pytest

from kubewheel.apiserver.admission.pod_toleration_restriction import covers, merged

EXISTS = {"key": "a", "operator": "Exists"}


@pytest.mark.parametrize(("wide", "narrow", "expected"), [
    pytest.param(EXISTS, EXISTS, True, id="same"),
    pytest.param({"key": "a"}, {"key": "a", "operator": "Equal", "value": ""}, True, id="same-by-default"),
    pytest.param(EXISTS, {"key": "a", "operator": "Equal", "value": "x", "effect": "NoSchedule"}, True, id="any-value"),
    pytest.param({"operator": "Exists"}, EXISTS, True, id="any-key"),
    pytest.param({"key": "", "operator": "Equal"}, EXISTS, False, id="no-key"),
    pytest.param(EXISTS, {"key": "b", "operator": "Exists"}, False, id="other-key"),
    pytest.param({**EXISTS, "effect": "NoSchedule"}, EXISTS, False, id="one-effect"),
    pytest.param({"key": "a", "value": "x"}, {"key": "a", "value": "y"}, False, id="other-value"),
    pytest.param({"key": "a", "value": "x"}, {**EXISTS}, False, id="any-value-in-one"),
    pytest.param(
        {**EXISTS, "effect": "NoExecute", "tolerationSeconds": 10},
        {**EXISTS, "effect": "NoExecute", "tolerationSeconds": 5}, True, id="shorter",
    ),
    pytest.param(
        {**EXISTS, "effect": "NoExecute", "tolerationSeconds": 10}, {**EXISTS, "effect": "NoExecute"}, False,
        id="for-ever",
    ),
])
def test_covers(wide: dict[str, Any], narrow: dict[str, Any], expected: bool) -> None:
    assert covers(wide, narrow) is expected


def test_merged() -> None:
    narrow, other = {"key": "a", "value": "x"}, {"key": "b", "value": "y"}
    assert merged([narrow, other, EXISTS, dict(other)]) == [other, EXISTS]
    assert merged([EXISTS, narrow]) == [EXISTS]
