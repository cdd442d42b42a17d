"""Cells of tables."""

from kubewheel.api import cells


def test_cells():
    assert cells.age({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}, 1767225660) == "60s"
    assert cells.format_labels({"b": "2", "a": "1"}) == "a=1,b=2"
    assert cells.format_labels(None) == "<none>"
    assert cells.names_and_images([{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]) == ("a,b", "x,y")
    assert cells.shortened([]) == "<none>"
    assert cells.shortened(["a", "b", "c"]) == "a,b,c"
    assert cells.shortened(["a", "b", "c", "d", "e"]) == "a,b,c + 2 more..."
    assert (cells.host_port("10.0.0.1", 80), cells.host_port("::1", 80)) == ("10.0.0.1:80", "[::1]:80")
    assert cells.access_modes(["ReadWriteMany", "ReadWriteOnce"]) == "RWO,RWX"
    assert cells.phase({"metadata": {"deletionTimestamp": "x"}, "status": {"phase": "Bound"}}) == "Terminating"
    assert cells.phase({"metadata": {}, "status": {"phase": "Bound"}}) == "Bound"
