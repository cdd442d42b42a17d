"""What every component that runs alone has in common."""

import logging

import pytest

from kubewheel.cli.control import ControlError
from kubewheel.launch.alone import Alone, components


@pytest.mark.parametrize(("verbosity", "level"), [
    pytest.param(0, logging.WARNING, id="quiet"), pytest.param(2, logging.INFO, id="usual"),
    pytest.param(6, logging.DEBUG, id="chatty"),
])
def test_verbosity(verbosity, level):
    assert components.level(verbosity) == level


def test_a_fault_is_told_as_the_components(tmp_path):
    missing = tmp_path / "kubeconfig"
    with pytest.raises(ControlError, match=r"scheduler: .*kubeconfig"):
        Alone().run("scheduler", {"kubeconfig": str(missing), "v": 2})
