"""Names of drivers."""

import pytest

from kubewheel.api.storage import csi_names


@pytest.mark.parametrize(("name", "count"), [
    pytest.param("disk.Example.com", 0, id="good"),
    pytest.param("", 1, id="none"),
    pytest.param("a_b", 1, id="letters"),
    pytest.param("a" * 64, 1, id="long"),
])
def test_name(name, count):
    assert len(csi_names.validate_driver_name(name, "n")) == count
