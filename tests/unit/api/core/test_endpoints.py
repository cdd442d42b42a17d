"""Endpoints."""

import pytest

from kubewheel.api.core.endpoints import KIND

GOOD = {"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80, "protocol": "TCP"}]}


def test_defaults():
    obj = {"subsets": [{"ports": [{"port": 80}]}]}
    KIND.default(obj)
    assert obj["subsets"][0]["ports"] == [{"port": 80, "protocol": "TCP"}]


@pytest.mark.parametrize(("change", "expected"), [
    pytest.param({}, [], id="fine"),
    pytest.param(
        {"addresses": []}, [": Required value: must specify `addresses` or `notReadyAddresses`"], id="no-address",
    ),
    pytest.param(
        {"addresses": [{"ip": "127.0.0.1"}]},
        [
            '.addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'
        ],
        id="loopback",
    ),
    pytest.param(
        {"notReadyAddresses": [{"ip": "10.0.0.1", "hostname": "a.b"}]},
        ['.notReadyAddresses[0].hostname: Invalid value: "a.b": must not contain dots'], id="hostname",
    ),
    pytest.param(
        {"ports": [{"port": 80, "protocol": "TCP"}, {"port": 81, "name": "b", "protocol": "TCP"}]},
        [".ports[0].name: Required value"], id="names",
    ),
    pytest.param(
        {"ports": [{"port": 0, "protocol": "x"}]},
        [
            ".ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            '.ports[0].protocol: Unsupported value: "x": supported values: "SCTP", "TCP", "UDP"',
        ],
        id="port",
    ),
])
def test_subsets(change, expected):
    found = KIND.validate({"subsets": [{**GOOD, **change}]})
    assert [str(fault) for fault in found] == [f"subsets[0]{text}" for text in expected]


@pytest.mark.parametrize(("subsets", "shown"), [
    ([], "<none>"), ([{"notReadyAddresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}], "<none>"),
    ([GOOD], "10.0.0.1:80"), ([{"addresses": [{"ip": "10.0.0.1"}]}], "10.0.0.1"),
    (
        [{"addresses": [{"ip": f"10.0.0.{last}"} for last in range(1, 6)], "ports": [{"port": 80}]}],
        "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...",
    ),
])
def test_row(subsets, shown):
    assert KIND.row({"metadata": {"name": "e"}, "subsets": subsets}, 0) == ("e", shown, "<unknown>")
