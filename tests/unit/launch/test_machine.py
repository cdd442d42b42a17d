"""What is read of the machine."""

import ipaddress
import sys

import pytest

from kubewheel.launch import control, machine
from kubewheel.launch.settings import ClusterSettings, Unfit

TABLE = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
kw-1\t0000510A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


@pytest.mark.skipif(sys.byteorder != "little", reason="the kernel writes this table in its own byte order")
def test_routes_are_read(tmp_path):
    (tmp_path / "route").write_text(TABLE)
    assert machine.routes(tmp_path / "route") == [("kw-1", ipaddress.IPv4Network("10.81.0.0/24"))]


def test_ranges_of_others_are_refused_and_ones_own_are_not():
    routes = [("kw-1", ipaddress.IPv4Network("10.244.0.0/24"))]
    control.refuse_taken_ranges(ClusterSettings(), routes, own_interface="kw-1")
    control.refuse_taken_ranges(ClusterSettings(runtime="simulated"), routes, own_interface="kw-2")
    with pytest.raises(Unfit, match=r"through kw-1 .*--cluster-cidr"):
        control.refuse_taken_ranges(ClusterSettings(), routes, own_interface="kw-2")


def test_a_free_port_is_free():
    assert machine.is_port_free("127.0.0.1", machine.free_port())
