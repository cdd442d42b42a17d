"""Changes of pods."""

import copy

import pytest

from kubewheel.api.defaults.pod import default_pod
from kubewheel.api.validation import pod_annotations, pod_update
from kubewheel.api.validation.affinity import REQUIRED


def pod(**spec):
    made = {
        "metadata": {"name": "p"}, "status": {"qosClass": "BestEffort"},
        "spec": {"containers": [{"name": "a", "image": "nginx:1"}], **copy.deepcopy(spec)},
    }
    default_pod(made)
    return made


def update(new, old):
    return [str(fault) for fault in pod_update.validate_pod_update(new, old)]


FROZEN = f"spec: Forbidden: pod updates may not change fields other than {','.join(pod_update.UPDATABLE)}\n"


@pytest.mark.parametrize(("new", "old"), [
    pytest.param({}, {}, id="nothing"),
    pytest.param(
        {"containers": [{"name": "a", "image": "nginx:2", "imagePullPolicy": "IfNotPresent"}]}, {}, id="image",
    ),
    pytest.param({"activeDeadlineSeconds": 5}, {}, id="deadline-set"),
    pytest.param({"activeDeadlineSeconds": 5}, {"activeDeadlineSeconds": 6}, id="deadline-shorter"),
    pytest.param({"tolerations": [{"operator": "Exists"}]}, {}, id="toleration-added"),
    pytest.param({"terminationGracePeriodSeconds": 1}, {"terminationGracePeriodSeconds": -1}, id="grace-mended"),
    pytest.param({}, {"schedulingGates": [{"name": "g"}]}, id="gate-removed"),
    pytest.param(
        {"schedulingGates": [{"name": "g"}], "nodeSelector": {"a": "b"}}, {"schedulingGates": [{"name": "g"}]},
        id="gated-node-selector",
    ),
])
def test_allowed(new, old):
    assert update(pod(**new), pod(**old)) == []


@pytest.mark.parametrize(("new", "old", "expected"), [
    pytest.param(
        {"containers": [{"name": "b", "image": "nginx:1"}]}, {},
        [f"{FROZEN}- spec.containers[0].name: \"a\"\n+ spec.containers[0].name: \"b\""], id="name",
    ),
    pytest.param({"nodeName": "n"}, {}, [f"{FROZEN}+ spec.nodeName: \"n\""], id="node"),
    pytest.param(
        {"containers": [{"name": "a", "image": "b"}, {"name": "c", "image": "d"}]}, {},
        ["spec.containers: Forbidden: pod updates may not add or remove containers"], id="container-added",
    ),
    pytest.param(
        {"containers": [{"name": "a", "image": " b", "imagePullPolicy": "IfNotPresent"}]}, {},
        ['spec.containers[0].image: Invalid value: " b": must not have leading or trailing whitespace'], id="padded",
    ),
    pytest.param(
        {"activeDeadlineSeconds": 7}, {"activeDeadlineSeconds": 6},
        ["spec.activeDeadlineSeconds: Invalid value: 7: must be less than or equal to previous value"], id="longer",
    ),
    pytest.param(
        {}, {"activeDeadlineSeconds": 6},
        ["spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value"],
        id="deadline-removed",
    ),
    pytest.param(
        {}, {"tolerations": [{"operator": "Exists"}]},
        ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
        id="toleration-removed",
    ),
    pytest.param(
        {"schedulingGates": [{"name": "g"}]}, {},
        [
            "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'"
        ],
        id="gate-added",
    ),
    pytest.param(
        {"schedulingGates": [{"name": "g"}], "nodeSelector": {"a": "c"}},
        {"schedulingGates": [{"name": "g"}], "nodeSelector": {"a": "b"}},
        [
            'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no '
            "mutations or deletions)"
        ],
        id="gated-node-selector",
    ),
])
def test_refused(new, old, expected):
    assert update(pod(**new), pod(**old)) == expected


def affinity(*terms):
    return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": list(terms)}}}


def test_gated_pods_may_become_choosier():
    gates = [{"name": "g"}]
    one = {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
    more = {"matchExpressions": [*one["matchExpressions"], {"key": "b", "operator": "Exists"}]}
    old = pod(schedulingGates=gates, affinity=affinity(one))
    assert update(pod(schedulingGates=gates, affinity=affinity(more)), old) == []
    assert update(pod(schedulingGates=gates, affinity=affinity(one)), pod(schedulingGates=gates)) == []
    choosy = pod(schedulingGates=gates, affinity=affinity(more))
    [text] = update(pod(schedulingGates=gates, affinity=affinity(one)), choosy)
    assert "only additions are allowed" in text
    [text] = update(pod(schedulingGates=gates, affinity=affinity(one, more)), old)
    assert "no additions/deletions to non-empty NodeSelectorTerms list are allowed" in text


def test_ephemeral_containers_only_come():
    debug = {"name": "d", "image": "busybox"}
    assert pod_update.validate_ephemeral_containers_update(pod(ephemeralContainers=[debug]), pod()) == []
    [fault] = pod_update.validate_ephemeral_containers_update(pod(), pod(ephemeralContainers=[debug]))
    assert fault.detail == 'existing ephemeral containers "d" may not be removed\n'
    changed = pod(ephemeralContainers=[{**debug, "image": "other"}])
    [fault] = pod_update.validate_ephemeral_containers_update(changed, pod(ephemeralContainers=[debug]))
    assert fault.detail.startswith('existing ephemeral containers "d" may not be changed\n')
    mirror = {**pod(), "metadata": {"annotations": {pod_annotations.MIRROR: "x"}}}
    [fault] = pod_update.validate_ephemeral_containers_update(pod(), mirror)
    assert str(fault) == "[]: Forbidden: static pods do not support ephemeral containers"


@pytest.mark.parametrize(("binding", "expected"), [
    ({"target": {"name": "n"}}, []), ({"target": {"name": "n", "kind": "Node"}}, []),
    ({}, ["target.name: Required value"]),
    (
        {"target": {"name": "n", "kind": "Pod"}},
        ['target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"'],
    ),
])
def test_binding(binding, expected):
    assert [str(fault) for fault in pod_update.validate_binding(binding)] == expected


def needing(cpu, **more):
    return [{"name": "a", "image": "nginx:1", "resources": {"requests": {"cpu": cpu, **more}}}]


def resize(new, old):
    made = pod(containers=old)
    made["status"]["qosClass"] = "Burstable"
    return [str(fault) for fault in pod_update.validate_resize(pod(containers=new), made)]


def test_resize_names():
    two = [{**each, "name": name} for name in ("a", "b") for each in needing("1")]
    assert resize(two[::-1], two) == [
        f"spec.containers[{index}].name: Forbidden: containers may not be renamed or reordered on resize"
        for index in range(2)
    ]
    assert resize(two[:1], two) == ["spec.containers: Forbidden: containers may not be added or removed on resize"]


def test_resize():
    assert resize(needing("2"), needing("1")) == []
    assert resize(needing("1"), needing("1", memory="1Gi")) == [
        "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"
    ]
    assert resize(needing("1", **{"ephemeral-storage": "1Gi"}), needing("1")) == [
        "spec: Forbidden: only cpu and memory resources are mutable"
    ]
    assert resize([{"name": "a", "image": "nginx:1"}], needing("1")) == [
        'spec: Invalid value: "BestEffort": Pod QOS Class may not change as a result of resizing',
        "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
    ]
