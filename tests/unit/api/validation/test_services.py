"""Rules for Services."""

import pytest

from kubewheel.api.core.service import KIND
from kubewheel.api.validation import services

PORT = {"port": 80}


def service(**spec):
    made = {"metadata": {"name": "s"}, "spec": {"ports": [dict(PORT)], "selector": {"a": "b"}, **spec}}
    KIND.prepare_create(made)
    KIND.default(made)
    return made


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({}, [], id="least"),
    pytest.param({"type": "NodePort", "ports": [{"port": 80, "nodePort": 31001}]}, [], id="node-port"),
    pytest.param({"type": "LoadBalancer", "externalTrafficPolicy": "Local"}, [], id="balancer-without-health-port-yet"),
    pytest.param({"clusterIP": "None", "ports": []}, [], id="headless-without-ports"),
    pytest.param({"type": "ExternalName", "externalName": "a.b.", "ports": [], "selector": None}, [], id="external"),
    pytest.param({"ports": []}, ["spec.ports: Required value"], id="no-ports"),
    pytest.param(
        {"ports": [{"port": 80, "name": "a"}, {"port": 81}]}, ["spec.ports[1].name: Required value"], id="no-name",
    ),
    pytest.param(
        {"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]},
        ['spec.ports[1].name: Duplicate value: "a"'], id="name-twice",
    ),
    pytest.param(
        {"ports": [{"port": 0, "targetPort": 80}]},
        ["spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"], id="port",
    ),
    pytest.param(
        {"ports": [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]},
        ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80,"targetPort":0}'], id="port-twice",
    ),
    pytest.param(
        {"ports": [{"port": 80, "nodePort": 30000}]},
        ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"], id="node-port-of-cluster-ip",
    ),
    pytest.param(
        {"type": "NodePort", "ports": [
            {"port": 80, "nodePort": 30000, "name": "a"}, {"port": 81, "nodePort": 30000, "name": "b"},
        ]},
        ["spec.ports[1].nodePort: Duplicate value: 30000"], id="node-port-twice",
    ),
    pytest.param(
        {"type": "x"},
        [
            'spec.type: Unsupported value: "x": supported values: "ClusterIP", "ExternalName", "LoadBalancer", '
            '"NodePort"'
        ],
        id="type",
    ),
    pytest.param(
        {"type": "NodePort", "clusterIP": "None"},
        ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
        id="headless-node-port",
    ),
    pytest.param(
        {"type": "ExternalName", "ports": []}, ["spec.externalName: Required value"], id="external-nothing",
    ),
    pytest.param(
        {"type": "ExternalName", "externalName": "a", "clusterIP": "10.0.0.1"},
        ["spec.clusterIPs: Forbidden: may not be set for ExternalName services"], id="external-with-address",
    ),
    pytest.param(
        {"sessionAffinity": "x"},
        ['spec.sessionAffinity: Unsupported value: "x": supported values: "ClientIP", "None"'], id="affinity",
    ),
    pytest.param(
        {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}}},
        [
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less "
            "than 86400"
        ],
        id="affinity-time",
    ),
    pytest.param(
        {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]},
        ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`'], id="addresses-differ",
    ),
    pytest.param(
        {"clusterIPs": ["10.0.0.2"]},
        ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: must be empty when `clusterIP` is not specified'],
        id="plural-only",
    ),
    pytest.param(
        {"clusterIP": "x"},
        [
            'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
        ],
        id="address",
    ),
    pytest.param(
        {"clusterIP": "::1"},
        ['spec.clusterIPs[0]: Invalid value: "::1": expected an IPv4 value as indicated by `ipFamilies[0]`'],
        id="address-family",
    ),
    pytest.param(
        {"ipFamilies": ["IPv4", "IPv4"], "ipFamilyPolicy": "PreferDualStack"},
        ['spec.ipFamilies[1]: Duplicate value: "IPv4"'], id="family-twice",
    ),
    pytest.param(
        {"externalIPs": ["127.0.0.1"]},
        [
            'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'
        ],
        id="external-ip",
    ),
    pytest.param(
        {"loadBalancerSourceRanges": ["10.0.0.0/8"]},
        ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"], id="ranges",
    ),
    pytest.param(
        {"allocateLoadBalancerNodePorts": True, "loadBalancerClass": "a"},
        [
            "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
            "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
        ],
        id="balancer-fields",
    ),
    pytest.param(
        {"externalTrafficPolicy": "Local"},
        [
            'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'
        ],
        id="external-policy",
    ),
    pytest.param(
        {"internalTrafficPolicy": "x"},
        ['spec.internalTrafficPolicy: Unsupported value: "x": supported values: "Cluster", "Local"'],
        id="internal-policy",
    ),
    pytest.param(
        {"trafficDistribution": "x"},
        [
            'spec.trafficDistribution: Unsupported value: "x": supported values: "PreferClose", "PreferSameNode", '
            '"PreferSameZone"'
        ],
        id="distribution",
    ),
    pytest.param(
        {"healthCheckNodePort": 30000},
        [
            "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and "
            "`externalTrafficPolicy` is 'Local'"
        ],
        id="health-port",
    ),
    pytest.param(
        {"ports": [{"port": 80, "appProtocol": "a b"}]},
        [
            'spec.ports[0].appProtocol: Invalid value: "a b": name part must consist of alphanumeric characters, '
            "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
            "'123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        ],
        id="app-protocol",
    ),
])
def test_service(spec, expected):
    assert [str(fault) for fault in services.validate_service(service(**spec))] == expected


@pytest.mark.parametrize(("new", "old", "expected"), [
    pytest.param({"clusterIP": "10.0.0.1"}, {"clusterIP": "10.0.0.1"}, [], id="same"),
    pytest.param(
        {"clusterIP": "10.0.0.2"}, {"clusterIP": "10.0.0.1"},
        ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'], id="address",
    ),
    pytest.param(
        {}, {"clusterIP": "10.0.0.1"},
        ["spec.clusterIPs[0]: Invalid value: []: primary clusterIP can not be unset"], id="address-gone",
    ),
    pytest.param(
        {"clusterIP": "None"}, {"clusterIP": "10.0.0.1"},
        ['spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set'], id="to-headless",
    ),
    pytest.param({"type": "ExternalName", "externalName": "a"}, {"clusterIP": "10.0.0.1"}, [], id="to-external"),
    pytest.param(
        {"type": "LoadBalancer", "loadBalancerClass": "a"}, {"type": "LoadBalancer"},
        ['spec.loadBalancerClass: Invalid value: "a": may not change once set'], id="class",
    ),
])
def test_update(new, old, expected):
    found = services.validate_service_update(service(**new), service(**old))
    assert [str(fault) for fault in found] == expected


@pytest.mark.parametrize(("ingress", "expected"), [
    pytest.param({"ip": "10.0.0.1", "ipMode": "VIP"}, [], id="address"),
    pytest.param({"hostname": "a.example.com"}, [], id="name"),
    pytest.param({"ip": "10.0.0.1"}, ["ipMode: Required value: must be specified when `ip` is set"], id="no-mode"),
    pytest.param(
        {"ipMode": "VIP"}, ["ipMode: Forbidden: may not be specified when `ip` is not set"], id="mode-of-nothing",
    ),
    pytest.param(
        {"hostname": "10.0.0.1"},
        ['hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'], id="address-as-name",
    ),
])
def test_load_balancer_status(ingress, expected):
    made = {"spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {"ingress": [ingress]}}}
    found = services.validate_load_balancer_status(made)
    assert [str(fault) for fault in found] == [f"status.loadBalancer.ingress[0].{text}" for text in expected]


def test_only_balanced_services_have_ingress():
    made = {"spec": {"type": "ClusterIP"}, "status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}}
    [fault] = services.validate_load_balancer_status(made)
    assert fault.detail == "may only be used when `spec.type` is 'LoadBalancer'"
