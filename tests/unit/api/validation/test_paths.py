"""Paths of files."""

import pytest

from kubewheel.api.validation import paths


@pytest.mark.parametrize(("value", "expected"), [
    pytest.param("a/b", [], id="fine"),
    pytest.param("a..b/..c", [], id="dots-in-names"),
    pytest.param("..data", ['p: Invalid value: "..data": must not start with \'..\''], id="reserved"),
    pytest.param("a/../b", ['p: Invalid value: "a/../b": must not contain \'..\''], id="backstep"),
    pytest.param("../../b", ['p: Invalid value: "../../b": must not contain \'..\''], id="backsteps-once"),
    pytest.param("/a", ['p: Invalid value: "/a": must be a relative path'], id="absolute"),
])
def test_local_paths(value, expected):
    assert [str(fault) for fault in paths.validate_local(value, "p")] == expected


def test_modes():
    assert paths.validate_mode(None, "p") == paths.validate_mode(0o777, "p") == paths.validate_mode(0, "p") == []
    [fault] = paths.validate_mode(0o1000, "p")
    assert str(fault) == "p: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"
