"""What is removed of the plugin's leftovers, and what is left alone."""

from kubewheel.libs import cni_host_ports


def _chain(name, **more):
    return {"chain": {"family": "ip", "table": "nat", "name": name, "handle": 1, **more}}


def _rule(chain, handle, *expressions):
    return {"rule": {"family": "ip", "table": "nat", "chain": chain, "handle": handle, "expr": list(expressions)}}


LEFT = [
    {"table": {"family": "ip", "name": "nat", "handle": 1}},
    _chain("CNI-HOSTPORT-DNAT"), _chain("CNI-HOSTPORT-MASQ"), _chain("PREROUTING", policy="accept", hook="prerouting"),
    _rule("CNI-HOSTPORT-MASQ", 2, {"masquerade": None}),
    _rule("PREROUTING", 3, {"counter": None}, {"jump": {"target": "CNI-HOSTPORT-DNAT"}}),
]


def test_a_table_that_holds_nothing_else_goes():
    assert cni_host_ports.plan_removal(LEFT, "ip") == "delete table ip nat\n"


def test_rules_of_others_stay():
    others = [*LEFT, _rule("PREROUTING", 9, {"accept": None})]
    assert cni_host_ports.plan_removal(others, "ip").splitlines() == [
        "delete rule ip nat PREROUTING handle 3",
        "flush chain ip nat CNI-HOSTPORT-DNAT", "flush chain ip nat CNI-HOSTPORT-MASQ",
        "delete chain ip nat CNI-HOSTPORT-DNAT", "delete chain ip nat CNI-HOSTPORT-MASQ",
    ]


def test_chains_of_others_stay():
    others = [*LEFT, _chain("DOCKER")]
    assert "delete table" not in cni_host_ports.plan_removal(others, "ip")
    assert "DOCKER" not in cni_host_ports.plan_removal(others, "ip")


def test_nothing_goes_while_a_pod_has_a_host_port():
    used = [*LEFT, _rule("CNI-HOSTPORT-DNAT", 5, {"jump": {"target": "CNI-DN-1"}})]
    assert cni_host_ports.plan_removal(used, "ip") == ""


def test_without_a_table_there_is_nothing_to_do():
    assert cni_host_ports.plan_removal([], "ip") == ""
