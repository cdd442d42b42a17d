"""Warnings about pods."""

import pytest

from kubewheel.api.validation.pod_warnings import claim_warnings, pod_warnings

GOOD = {"name": "a", "image": "b"}


def container(**change):
    return {"containers": [{**GOOD, **change}]}


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param(container(), [], id="none"),
    pytest.param(
        {"nodeSelector": {"beta.kubernetes.io/os": "linux"}},
        [
            'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'
        ],
        id="old-label",
    ),
    pytest.param(
        {"topologySpreadConstraints": [{"topologyKey": "a"}]},
        [
            "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod"
        ],
        id="spread-without-selector",
    ),
    pytest.param(
        {"volumes": [{"name": "v", "glusterfs": {}}]},
        ["spec.volumes[0].glusterfs: deprecated in v1.25, non-functional in v1.26+"], id="old-volume",
    ),
    pytest.param(
        {"hostAliases": [{"ip": "1.1.1.1"}, {"ip": "1.1.1.1"}]}, ['spec.hostAliases[1].ip: duplicate ip "1.1.1.1"'],
        id="alias-twice",
    ),
    pytest.param(
        {"imagePullSecrets": [{"name": "s"}, {"name": "s"}, {}]},
        [
            'spec.imagePullSecrets[1].name: duplicate name "s"', 'spec.imagePullSecrets[2].name: invalid empty name ""',
        ],
        id="pull-secrets",
    ),
    pytest.param(
        container(resources={"limits": {"memory": "1500m"}}),
        [
            'spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer'
        ],
        id="fraction-of-a-byte",
    ),
    pytest.param(
        container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
        [
            'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'
        ],
        id="env-twice",
    ),
    pytest.param(container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}]), [], id="env-extended"),
    pytest.param(
        container(ports=[{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 80, "protocol": "TCP"}]),
        ["spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"], id="port-twice",
    ),
    pytest.param(
        container(ports=[
            {"containerPort": 80, "protocol": "TCP", "hostPort": 80}, {"containerPort": 80, "protocol": "TCP"},
        ]),
        ["spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]"], id="overlap",
    ),
    pytest.param(
        container(ports=[
            {"containerPort": 80, "protocol": "TCP", "hostPort": 80},
            {"containerPort": 80, "protocol": "TCP", "hostPort": 80, "hostIP": "10.0.0.1"},
        ]),
        [
            "spec.containers[0].ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]"
        ],
        id="ambiguous",
    ),
    pytest.param(
        container(ports=[{"containerPort": 80, "protocol": "TCP", "hostIP": "10.0.0.1"}]),
        [
            "spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP "
            "HostIP:10.0.0.1}"
        ],
        id="host-ip",
    ),
    pytest.param(
        {"terminationGracePeriodSeconds": -1},
        [
            "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ],
        id="grace",
    ),
    pytest.param(
        {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "a"}]}}},
        [
            "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null "
            "labelSelector results in matching no pod"
        ],
        id="affinity",
    ),
    pytest.param(
        {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"preference": {"matchExpressions": [{"key": "beta.kubernetes.io/arch", "operator": "Exists"}]}},
        ]}}},
        [
            "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference"
            '.matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" '
            "instead"
        ],
        id="node-affinity",
    ),
    pytest.param(
        {"volumes": [{"name": "v", "projected": {"sources": [
            {"serviceAccountToken": {"path": "token"}},
            {"configMap": {"name": "c", "items": [{"key": "k", "path": "token"}]}},
        ]}}]},
        [
            'spec.volumes[0].projected.sources.configMap[0]: has duplicated path with ServiceAccountToken "token"'
        ],
        id="token-path",
    ),
])
def test_warnings(spec, expected):
    assert pod_warnings({}, spec) == expected


def test_old_annotations_and_paths_of_templates():
    metadata = {"annotations": {
        "scheduler.alpha.kubernetes.io/critical-pod": "",
        "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
        "container.seccomp.security.alpha.kubernetes.io/a": "unconfined",
        "container.apparmor.security.beta.kubernetes.io/a": "unconfined",
    }}
    path = "spec.template.metadata.annotations"
    assert pod_warnings(metadata, container(), "spec.template") == [
        f'{path}[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" '
        "field instead",
        f'{path}[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field '
        "instead",
        f'{path}[container.seccomp.security.alpha.kubernetes.io/a]: non-functional in v1.27+; use the "seccompProfile" '
        "field instead",
        f'{path}[container.apparmor.security.beta.kubernetes.io/a]: deprecated since v1.30; use the "appArmorProfile" '
        "field instead",
    ]


def test_claims():
    assert claim_warnings({"resources": {"requests": {"storage": "1500m"}}}, "spec") == [
        'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer'
    ]
