"""How pods resolve names."""

import pytest

from kubewheel.api.validation import pod_dns


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"dnsPolicy": "Default"}, [], id="fine"),
    pytest.param({}, ["spec.dnsPolicy: Required value"], id="no-policy"),
    pytest.param(
        {"dnsPolicy": "x"},
        [
            'spec.dnsPolicy: Unsupported value: "x": supported values: "ClusterFirstWithHostNet", "ClusterFirst", '
            '"Default", "None"'
        ],
        id="policy",
    ),
    pytest.param(
        {"dnsPolicy": "None"}, ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
        id="none",
    ),
    pytest.param(
        {"dnsPolicy": "None", "dnsConfig": {}},
        [
            "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is "
            "None"
        ],
        id="none-and-no-servers",
    ),
    pytest.param(
        {"dnsPolicy": "None", "dnsConfig": {
            "nameservers": ["1.1.1.1"], "searches": [".", "a.b.", "_x.a_b"],
            "options": [{"name": "ndots", "value": "5"}],
        }},
        [], id="config",
    ),
    pytest.param(
        {"dnsPolicy": "Default", "dnsConfig": {"nameservers": ["a"]}},
        [
            'spec.dnsConfig.nameservers[0]: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or '
            "2001:db8::ffff)"
        ],
        id="server",
    ),
    pytest.param(
        {"dnsPolicy": "Default", "dnsConfig": {"options": [{}]}},
        ["spec.dnsConfig.options[0]: Required value: must not be empty"], id="option",
    ),
])
def test_dns(spec, expected):
    assert [str(fault) for fault in pod_dns.validate_dns(spec, "spec")] == expected


def test_limits():
    config = {"nameservers": ["1.1.1.1"] * 4, "searches": [f"{'a' * 60}.b{index}" for index in range(33)]}
    found = pod_dns.validate_dns({"dnsPolicy": "Default", "dnsConfig": config}, "spec")
    assert [fault.detail for fault in found] == [
        "must not have more than 3 nameservers", "must not have more than 32 search paths",
        "must not have more than 2048 characters (including spaces) in the search list",
    ]


def test_search_names():
    config = {"searches": ["A", "a" * 254]}
    found = pod_dns.validate_dns({"dnsPolicy": "Default", "dnsConfig": config}, "spec")
    assert [fault.field for fault in found] == ["spec.dnsConfig.searches[0]", "spec.dnsConfig.searches[1]"]


def test_host_aliases():
    assert pod_dns.validate_host_aliases([{"ip": "10.0.0.1", "hostnames": ["a.b"]}], "p") == []
    found = pod_dns.validate_host_aliases([{"ip": "x", "hostnames": ["A"]}], "p")
    assert [fault.field for fault in found] == ["p[0].ip", "p[0].hostnames[0]"]
