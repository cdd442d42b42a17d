"""Subnets for nodes."""

from itertools import islice

from kubewheel.controllers.node_ipam import Ranges, cidrs_of


def test_subnets_follow_each_other_and_begin_again() -> None:
    ranges = Ranges("10.244.0.0/22", 24, 64)
    everything = ["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24", "10.244.3.0/24"]
    assert list(ranges.candidates()) == everything
    assert next(iter(ranges.candidates())) == "10.244.0.0/24"
    assert list(islice(ranges.candidates(), 2)) == ["10.244.1.0/24", "10.244.2.0/24"]


def test_ipv6() -> None:
    assert list(islice(Ranges("fd00:10::/56", 24, 64).candidates(), 2)) == ["fd00:10::/64", "fd00:10:0:1::/64"]


def test_ranges_of_a_node() -> None:
    assert list(cidrs_of({"spec": {"podCIDR": "10.0.0.0/24"}})) == ["10.0.0.0/24"]
    assert list(cidrs_of({"spec": {"podCIDR": "a", "podCIDRs": ["a", "b"]}})) == ["a", "b"]
    assert list(cidrs_of({"spec": {}})) == []
