"""Pods on their way into the store."""

import copy

import pytest

from kubewheel.api.core.pod.behaviour import KIND


def created(metadata=None, **spec):
    pod = {
        "metadata": {"name": "p", **(metadata or {})}, "status": {"phase": "Running"},
        "spec": {"containers": [{"name": "a", "image": "nginx"}], **copy.deepcopy(spec)},
    }
    KIND.prepare_create(pod)
    KIND.default(pod)
    return pod


def test_status_starts_anew():
    assert created()["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    limited = [{"name": "a", "image": "b", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]
    assert created(containers=limited)["status"]["qosClass"] == "Guaranteed"


def test_gated_pods_say_so():
    [condition] = created(schedulingGates=[{"name": "g"}])["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("PodScheduled", "False", "SchedulingGated")


def test_label_keys_become_part_of_selectors():
    term = {
        "topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["hash"], "mismatchLabelKeys": ["tenant", "x"],
    }
    pod = created(
        {"labels": {"hash": "1", "tenant": "t"}},
        affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}},
        topologySpreadConstraints=[{
            "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["hash"],
            "labelSelector": {"matchLabels": {"a": "b"}},
        }],
    )
    hash_in = {"key": "hash", "operator": "In", "values": ["1"]}
    [merged] = pod["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert merged["labelSelector"]["matchExpressions"] == [
        hash_in, {"key": "tenant", "operator": "NotIn", "values": ["t"]},
    ]
    [constraint] = pod["spec"]["topologySpreadConstraints"]
    assert constraint["labelSelector"] == {"matchLabels": {"a": "b"}, "matchExpressions": [hash_in]}
    assert KIND.validate(pod) == []


@pytest.mark.parametrize(("annotation", "profile"), [
    ("unconfined", {"type": "Unconfined"}), ("runtime/default", {"type": "RuntimeDefault"}),
    ("localhost/x", {"type": "Localhost", "localhostProfile": "x"}), ("localhost/ ", None), ("other", None),
])
def test_apparmor_annotations_become_fields(annotation, profile):
    pod = created({"annotations": {"container.apparmor.security.beta.kubernetes.io/a": annotation}})
    context = pod["spec"]["containers"][0].get("securityContext")
    assert context == ({"appArmorProfile": profile} if profile else None)


def test_good():
    assert KIND.validate(created()) == []


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param(
        {"ephemeralContainers": [{"name": "d", "image": "e"}]},
        ["spec.ephemeralContainers: Forbidden: cannot be set on create"], id="ephemeral",
    ),
    pytest.param(
        {"nodeName": "n", "schedulingGates": [{"name": "g"}]},
        ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"], id="gated-and-bound",
    ),
    pytest.param(
        {"volumes": [{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}]},
        [
            "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when "
            "serviceAccountName is not set"
        ],
        id="token-of-nobody",
    ),
    pytest.param(
        {"containers": [{"name": "a", "image": " b"}]},
        ['spec.containers[0].image: Invalid value: " b": must not have leading or trailing whitespace'], id="padded",
    ),
    pytest.param({"containers": [{"name": "a"}]}, ["spec.containers[0].image: Required value"], id="no-image"),
])
def test_refused(spec, expected):
    assert [str(fault) for fault in KIND.validate(created(**spec))] == expected


def test_what_only_new_pods_may_not_have():
    pod = created({"resourceVersion": "5"}, ephemeralContainers=[{"name": "d", "image": "e"}])
    assert KIND.validate(pod) == []


def test_status_keeps_what_old_writers_forget():
    old = created({"ownerReferences": [{"uid": "u"}]})
    old["status"] |= {"observedGeneration": 3, "conditions": [{"type": "Ready", "observedGeneration": 2}]}
    new = copy.deepcopy(old)
    new["spec"]["nodeName"] = "other"
    new["metadata"]["ownerReferences"] = []
    new["status"] = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    KIND.prepare_status(new, old)
    assert new["spec"] == old["spec"]
    assert new["metadata"]["ownerReferences"] == [{"uid": "u"}]
    assert new["status"] == {
        "phase": "Running", "qosClass": "BestEffort", "observedGeneration": 3,
        "conditions": [{"type": "Ready", "status": "True", "observedGeneration": 2}],
    }


def test_warnings_are_for_authors():
    pod = created({"name": "a.b"})
    [text] = KIND.warnings(pod)
    assert text.startswith("metadata.name: this is used in the Pod's hostname, which can result in surprising behavior")
    pod["metadata"]["resourceVersion"] = "1"
    assert KIND.warnings(pod) == []


def test_selectable_fields():
    pod = created(nodeName="n", hostNetwork=True, serviceAccountName="robot")
    pod["status"] |= {"podIPs": [{"ip": "10.0.0.1"}]}
    assert {name: read(pod) for name, read in KIND.selectable.items()} == {
        "spec.nodeName": "n", "spec.restartPolicy": "Always", "spec.schedulerName": "default-scheduler",
        "spec.serviceAccountName": "robot", "spec.hostNetwork": "true", "status.phase": "Pending",
        "status.podIP": "10.0.0.1", "status.nominatedNodeName": "",
    }
    assert KIND.selectable["spec.hostNetwork"]({}) == "false"


@pytest.mark.parametrize(("status", "expected"), [
    pytest.param({"podIP": "10.0.0.1"}, ("10.0.0.1", ["10.0.0.1"]), id="old-form"),
    pytest.param({"podIPs": [{"ip": "10.0.0.2"}, {"ip": "fd::2"}]}, ("10.0.0.2", ["10.0.0.2", "fd::2"]), id="new-form"),
    pytest.param({"podIP": "10.0.0.3", "podIPs": [{"ip": "10.0.0.4"}]}, ("10.0.0.3", ["10.0.0.3"]), id="both-differ"),
    pytest.param({}, (None, []), id="none"),
])
def test_addresses_in_both_forms(status, expected):
    old = created()
    new = {**copy.deepcopy(old), "status": {"phase": "Running", **status}}
    KIND.prepare_status(new, old)
    found = new["status"]
    assert (found.get("podIP"), [each["ip"] for each in found.get("podIPs") or []]) == expected
