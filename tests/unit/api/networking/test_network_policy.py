"""NetworkPolicy."""

import pytest

from kubewheel.api.networking.network_policy import KIND


def created(**spec):
    made = {"metadata": {"name": "p"}, "spec": spec}
    KIND.default(made)
    return made


def peers(*listed):
    return created(ingress=[{"from": list(listed)}])


def ports(*listed):
    return created(egress=[{"ports": list(listed)}])


def test_defaults():
    assert created()["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    assert created(egress=[{"ports": [{"port": 80}]}])["spec"] == {
        "podSelector": {}, "policyTypes": ["Ingress", "Egress"],
        "egress": [{"ports": [{"port": 80, "protocol": "TCP"}]}],
    }


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(peers({"podSelector": {}, "namespaceSelector": {}}), [], id="selectors"),
    pytest.param(peers({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}), [], id="block"),
    pytest.param(peers({}), ["spec.ingress[0].from[0]: Required value: must specify a peer"], id="no-peer"),
    pytest.param(
        peers({"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}),
        ["spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer"], id="block-and-selector",
    ),
    pytest.param(
        peers({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8", "11.0.0.0/16", "fd00::/64"]}}),
        [
            f'spec.ingress[0].from[0].ipBlock.except[{index}]: Invalid value: "{cidr}": must be a strict subset of '
            f'`cidr`'
            for index, cidr in enumerate(["10.0.0.0/8", "11.0.0.0/16", "fd00::/64"])
        ],
        id="exceptions",
    ),
    pytest.param(peers({"ipBlock": {}}), ["spec.ingress[0].from[0].ipBlock.cidr: Required value"], id="no-cidr"),
    pytest.param(ports({"port": 80, "endPort": 90}, {"port": "web"}), [], id="ports"),
    pytest.param(
        ports({"port": 80, "endPort": 70}, {"port": "web", "endPort": 1}, {"endPort": 1}, {"protocol": "ICMP"}),
        [
            "spec.egress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`",
            "spec.egress[0].ports[1].endPort: Invalid value: 1: may not be specified when `port` is non-numeric",
            "spec.egress[0].ports[2].endPort: Invalid value: 1: may not be specified when `port` is not specified",
            'spec.egress[0].ports[3].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
        ],
        id="ports-at-fault",
    ),
    pytest.param(
        created(policyTypes=["Both"]),
        ['spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"'], id="type",
    ),
    pytest.param(
        created(policyTypes=["Ingress"] * 3),
        [
            'spec.policyTypes: Invalid value: ["Ingress","Ingress","Ingress"]: may not specify more than two '
            'policyTypes'
        ],
        id="types",
    ),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


def test_row():
    assert list(KIND.row(created(podSelector={"matchLabels": {"a": "b"}}), 0)) == ["p", "a=b", "<unknown>"]
    assert list(KIND.row(created(), 0))[1] == "<none>"
