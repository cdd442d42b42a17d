"""Which numbers are given away, and in which order."""

import ipaddress
from random import Random

import pytest

from kubewheel.apiserver.service_allocation import ranges


@pytest.mark.parametrize(("cidr", "first", "last", "dynamic"), [
    pytest.param("10.96.0.0/16", "10.96.0.1", "10.96.255.254", "10.96.1.1", id="large"),
    pytest.param("10.0.0.0/24", "10.0.0.1", "10.0.0.254", "10.0.0.17", id="middle"),
    pytest.param("10.0.0.0/28", "10.0.0.1", "10.0.0.14", "10.0.0.1", id="small"),
])
def test_networks(cidr: str, first: str, last: str, dynamic: str) -> None:
    band = ranges.of_network(cidr)
    found = [str(ipaddress.ip_address(each)) for each in (band.first, band.last, band.dynamic)]
    assert found == [first, last, dynamic]


def test_ports() -> None:
    band = ranges.of_ports(30000, 32767)
    assert band.dynamic == 30086
    assert 30000 in band
    assert 32768 not in band


def test_upper_band_first_then_the_lower() -> None:
    band = ranges.Band(1, 10, 4)
    numbers = list(band.candidates(Random(1)))
    assert set(numbers[:7]) == {4, 5, 6, 7, 8, 9, 10}
    assert set(numbers[7:]) == {1, 2, 3}
