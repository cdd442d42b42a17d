"""Services on their way into the store."""

import pytest

from kubewheel.api.core.service.behaviour import KIND

NOW = 1767225660.0


def created(**spec):
    made = {
        "metadata": {"name": "s", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}, **spec},
    }
    KIND.prepare_create(made)
    KIND.default(made)
    return made


def test_least():
    made = created()
    assert made["status"] == {"loadBalancer": {}}
    assert made["spec"] == {
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}], "selector": {"a": "b"}, "type": "ClusterIP",
        "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
    }


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"type": "NodePort"}, {"externalTrafficPolicy": "Cluster"}, id="node-port"),
    pytest.param(
        {"type": "LoadBalancer"}, {"externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": True},
        id="balancer",
    ),
    pytest.param(
        {"sessionAffinity": "ClientIP"}, {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}},
        id="affinity",
    ),
    pytest.param({"clusterIP": "10.0.0.1"}, {"clusterIPs": ["10.0.0.1"]}, id="address"),
    pytest.param(
        {"clusterIP": "None"}, {"clusterIPs": ["None"], "ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"]},
        id="headless",
    ),
    pytest.param(
        {"clusterIP": "None", "selector": None},
        {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv4", "IPv6"]}, id="headless-without-selector",
    ),
    pytest.param(
        {"ipFamilyPolicy": "PreferDualStack"}, {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4"]},
        id="would-like-two-families",
    ),
    pytest.param(
        {"type": "ExternalName", "externalName": "a.b"}, {"ipFamilies": None, "internalTrafficPolicy": None},
        id="external-name",
    ),
    pytest.param({"externalIPs": ["1.2.3.4"]}, {"externalTrafficPolicy": "Cluster"}, id="external-ips"),
])
def test_defaults(spec, expected):
    found = created(**spec)["spec"]
    assert {name: found.get(name) for name in expected} == expected


def test_addresses_of_balancers_have_a_mode():
    made = created(type="LoadBalancer")
    made["status"] = {"loadBalancer": {"ingress": [{"ip": "10.0.0.9"}, {"hostname": "x"}]}}
    KIND.default(made)
    assert made["status"]["loadBalancer"]["ingress"] == [{"ip": "10.0.0.9", "ipMode": "VIP"}, {"hostname": "x"}]


@pytest.mark.parametrize(("spec", "field"), [
    ({"ipFamilyPolicy": "RequireDualStack"}, "spec.ipFamilyPolicy"), ({"ipFamilies": ["IPv6"]}, "spec.ipFamilies[0]"),
])
def test_clusters_have_one_family(spec, field):
    assert [fault.field for fault in KIND.validate(created(**spec))] == [field]


def test_names():
    assert KIND.validate_name("my-service") == []
    assert KIND.validate_name("1a") == []
    assert KIND.validate_name("a_")[0].startswith("a lowercase RFC 1123 label must consist of")


def test_warnings():
    assert KIND.warnings(created()) == []
    headless = created(clusterIP="None", externalIPs=["1.2.3.4"], sessionAffinity="ClientIP", externalName="x")
    assert KIND.warnings(headless) == [
        "spec.externalIPs is deprecated",
        "spec.externalIPs is ignored for headless services", "spec.SessionAffinity is ignored for headless services",
        'spec.externalName is ignored when spec.type is not "ExternalName"',
    ]


def ingress(*places):
    return {"loadBalancer": {"ingress": list(places)}}


@pytest.mark.parametrize(("spec", "status", "expected"), [
    pytest.param(
        {"clusterIP": "10.0.0.1"}, {}, ("ClusterIP", "10.0.0.1", "<none>", "80/TCP", "60s", "a=b"), id="cluster-ip",
    ),
    pytest.param({"selector": None}, {}, ("ClusterIP", "<none>", "<none>", "80/TCP", "60s", "<none>"), id="nothing"),
    pytest.param(
        {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30001}, {"port": 53, "protocol": "UDP"}]}, {},
        ("NodePort", "<none>", "<none>", "80:30001/TCP,53/UDP", "60s", "a=b"), id="node-port",
    ),
    pytest.param(
        {"type": "LoadBalancer"}, {}, ("LoadBalancer", "<none>", "<pending>", "80/TCP", "60s", "a=b"), id="pending",
    ),
    pytest.param(
        {"type": "LoadBalancer", "externalIPs": ["9.9.9.9"]}, ingress({"ip": "2.2.2.2"}, {"hostname": "a"}),
        ("LoadBalancer", "<none>", "2.2.2.2,a,9.9.9.9", "80/TCP", "60s", "a=b"), id="balancer",
    ),
    pytest.param(
        {"type": "ExternalName", "externalName": "a.b", "ports": []}, {},
        ("ExternalName", "<none>", "a.b", "<none>", "60s", "a=b"), id="external-name",
    ),
])
def test_row(spec, status, expected):
    made = created(**spec)
    made["status"] = status
    assert KIND.row(made, NOW) == ("s", *expected)


def test_selectable_fields():
    made = created(clusterIP="10.0.0.1")
    assert {name: read(made) for name, read in KIND.selectable.items()} == {
        "spec.clusterIP": "10.0.0.1", "spec.type": "ClusterIP",
    }
