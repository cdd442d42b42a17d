"""EndpointSlice."""

import pytest

from kubewheel.api.discovery.endpoint_slice import KIND


def created(kind="IPv4", addresses=("10.0.0.1",), ports=(), **endpoint):
    made = {
        "metadata": {"name": "s"}, "addressType": kind, "endpoints": [{"addresses": list(addresses), **endpoint}],
        "ports": list(ports),
    }
    KIND.default(made)
    return made


def test_default():
    assert created(ports=[{"port": 80}])["ports"] == [{"port": 80, "name": "", "protocol": "TCP"}]
    empty = {"addressType": "IPv4"}
    KIND.default(empty)
    assert empty == {"addressType": "IPv4", "endpoints": None, "ports": None}
    assert KIND.validate(empty) == []


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(created(), [], id="good"),
    pytest.param(
        created("IPv5"), ['addressType: Unsupported value: "IPv5": supported values: "FQDN", "IPv4", "IPv6"'],
        id="type",
    ),
    pytest.param(
        created(addresses=["::1", "127.0.0.1"]),
        [
            'endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address',
            'endpoints[0].addresses[1]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, '
            "::1/128)",
        ],
        id="addresses",
    ),
    pytest.param(
        created(addresses=[]), ["endpoints[0].addresses: Required value: must contain at least 1 address"], id="none",
    ),
    pytest.param(
        created("FQDN", ["a"]),
        [
            'endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by '
            "dots"
        ],
        id="domain",
    ),
    pytest.param(
        created(ports=[{"name": "a", "protocol": "HTTP"}, {"name": "a"}]),
        [
            'ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
            'ports[1].name: Duplicate value: "a"',
        ],
        id="ports",
    ),
    pytest.param(
        created(hints={"forZones": [{"name": "a"}, {"name": "a"}]}),
        ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"'], id="hints",
    ),
    pytest.param(
        created(addresses=["10.0.0.1"] * 101),
        ["endpoints[0].addresses: Too many: 101: must have at most 100 items"], id="many",
    ),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


def test_address_type_is_immutable():
    assert [fault.field for fault in KIND.validate_update(created("IPv6"), created())] == ["addressType"]


def test_row():
    ports = [{"port": 80}, {"name": "x"}, {"port": 1}, {"port": 2}]
    made = {"metadata": {"name": "s"}, "addressType": "IPv4", "ports": ports}
    made["endpoints"] = [{"addresses": ["10.0.0.1", "10.0.0.2"]}, {"addresses": ["10.0.0.3", "10.0.0.4", "10.0.0.5"]}]
    assert list(KIND.row(made, 0)) == [
        "s", "IPv4", "80,x,1 + 1 more...", "10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...", "<unknown>",
    ]
    assert list(KIND.row({"metadata": {"name": "s"}, "addressType": "IPv4"}, 0))[2:4] == ["<unset>", "<unset>"]
