"""Node."""

import pytest

from kubewheel.api.core.node import KIND, roles


def node(labels=None, spec=None, **status):
    return {"metadata": {"name": "n", "labels": labels or {}}, "spec": spec or {}, "status": status}


def test_defaults():
    obj = node(spec={"podCIDR": "10.244.0.0/24"}, capacity={"cpu": "4", "memory": "1024Mi"})
    KIND.default(obj)
    assert obj["spec"] == {"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"]}
    assert obj["status"]["allocatable"] == obj["status"]["capacity"] == {"cpu": "4", "memory": "1Gi"}
    obj = node(spec={"podCIDRs": ["10.244.1.0/24"]})
    KIND.default(obj)
    assert obj["spec"]["podCIDR"] == "10.244.1.0/24"
    obj = node(spec={"podCIDRs": ["10.244.1.0/24"], "podCIDR": "10.244.2.0/24"})
    KIND.default(obj)
    assert obj["spec"]["podCIDRs"] == ["10.244.2.0/24"]


@pytest.mark.parametrize(("obj", "expected"), [
    pytest.param(node(), [], id="least"),
    pytest.param(
        node(spec={"taints": [{"key": "a"}]}), ["metadata.taints[0].effect: Required value"], id="taint",
    ),
    pytest.param(
        node(capacity={"cpu": "-1"}), [
            'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0'
        ],
        id="capacity",
    ),
    pytest.param(
        node(spec={"podCIDRs": ["x"]}),
        [
            'spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
        ],
        id="network",
    ),
    pytest.param(
        node(spec={"podCIDRs": ["10.0.0.0/24", "10.0.0.0/24"]}),
        [
            'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.0.0/24"]: may specify no more than one CIDR for each '
            "IP family",
            'spec.podCIDRs[1]: Duplicate value: "10.0.0.0/24"',
        ],
        id="networks",
    ),
])
def test_validation(obj, expected):
    assert [str(fault) for fault in KIND.validate(obj)] == expected


@pytest.mark.parametrize(("new", "old", "expected"), [
    pytest.param({"podCIDRs": ["10.0.0.0/24"]}, {}, [], id="network-set"),
    pytest.param({"unschedulable": True}, {}, [], id="cordon"),
    pytest.param(
        {}, {"podCIDRs": ["10.0.0.0/24"]},
        ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'], id="network",
    ),
    pytest.param(
        {"providerID": "a"}, {"providerID": "b"},
        ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'], id="provider",
    ),
    pytest.param({"externalID": "a"}, {}, ["spec.externalID: Forbidden: may not be updated"], id="external-id"),
    pytest.param(
        {"configSource": {}}, {},
        ["spec.configSource: Invalid value: {}: exactly one reference subfield must be non-nil"], id="config",
    ),
])
def test_update(new, old, expected):
    assert [str(fault) for fault in KIND.validate_update(node(spec=new), node(spec=old))] == expected


def test_status():
    address = {"type": "InternalIP", "address": "10.0.0.1"}
    assert [fault.field for fault in KIND.validate_status(node(addresses=[address, address]), {})] == [
        "status.addresses[1]"
    ]
    found = KIND.validate_status(node(config={"active": {"configMap": {"name": "c"}}}), {})
    assert [fault.field.rpartition(".")[2] for fault in found] == [
        "uid", "resourceVersion", "namespace", "kubeletConfigKey",
    ]


def test_row():
    obj = node(
        {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "x"},
        {"unschedulable": True}, conditions=[{"type": "Ready", "status": "True"}],
        addresses=[{"type": "InternalIP", "address": "10.0.0.1"}],
        nodeInfo={
            "kubeletVersion": "v1.37.0", "osImage": "Debian", "kernelVersion": "6", "containerRuntimeVersion": "c",
            "architecture": "arm64",
        },
    )
    assert roles(obj) == ["control-plane", "worker", "x"]
    assert KIND.row(obj, 0) == (
        "n", "Ready,SchedulingDisabled", "control-plane,worker,x", "<unknown>", "v1.37.0", "10.0.0.1", "<none>",
        "Debian",
        "6 (arm64)", "c",
    )
    assert KIND.selectable["spec.unschedulable"](obj) == "true"


@pytest.mark.parametrize(("conditions", "word"), [
    ([], "Unknown"), ([{"type": "Ready", "status": "False"}], "NotReady"),
    ([{"type": "Ready", "status": "Unknown"}], "NotReady"), ([{"type": "DiskPressure", "status": "True"}], "Unknown"),
])
def test_status_word(conditions, word):
    row = KIND.row(node(conditions=conditions), 0)
    assert row[1:3] == (word, "<none>")
    assert row[7:] == ("<unknown>",) * 3
