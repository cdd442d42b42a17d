"""RuntimeClass."""

import pytest

from kubewheel.api.node.runtime_class import KIND


@pytest.mark.parametrize(("made", "fields"), [
    pytest.param({"handler": "runc", "overhead": {"podFixed": {"cpu": "1"}}}, [], id="good"),
    pytest.param({"handler": "Run C"}, ["handler"], id="handler"),
    pytest.param({"handler": "a", "overhead": {"podFixed": {"cpu": "-1"}}}, ["overhead[cpu]"], id="overhead"),
    pytest.param(
        {
            "handler": "a",
            "scheduling": {"nodeSelector": {"a b": "c"}, "tolerations": [{"key": "x", "operator": "Exists"}] * 2},
        },
        ["scheduling.nodeSelector", "scheduling.tolerations[1]"], id="scheduling",
    ),
])
def test_validate(made, fields):
    assert [fault.field for fault in KIND.validate(made)] == fields


def test_handler_is_immutable():
    assert [str(fault) for fault in KIND.validate_update({"handler": "b"}, {"handler": "a"})] == [
        'handler: Invalid value: "b": field is immutable'
    ]


def test_row():
    assert list(KIND.row({"metadata": {"name": "n"}, "handler": "h"}, 0)) == ["n", "h", "<unknown>"]
