"""Status of pods."""

import pytest

from kubewheel.api.validation import pod_status


def validate(new, old=None, **spec):
    made = {"spec": spec, "status": {"qosClass": "BestEffort", **new}}
    before = {"spec": spec, "status": {"qosClass": "BestEffort", **(old or {})}}
    return [str(fault) for fault in pod_status.validate_pod_status(made, before)]


def ended(code=0):
    return [{"name": "a", "state": {"terminated": {"exitCode": code}}}]


RUNNING = [{"name": "a", "state": {"running": {}}}]


@pytest.mark.parametrize(("status", "expected"), [
    pytest.param({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "::1"}]}, [], id="addresses"),
    pytest.param(
        {"podIPs": [{"ip": "x"}]},
        [
            'status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
        ],
        id="address",
    ),
    pytest.param(
        {"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]},
        [
            'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for '
            "each IP family"
        ],
        id="addresses-of-a-family",
    ),
    pytest.param(
        {"hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.2"}]},
        ['status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`'], id="host",
    ),
    pytest.param({"nominatedNodeName": "node-1"}, [], id="nominated"),
    pytest.param(
        {"qosClass": "Burstable"}, ['status.qosClass: Invalid value: "Burstable": field is immutable'], id="class",
    ),
    pytest.param({"conditions": [{"type": "Ready"}, {"type": "example.com/Gate"}]}, [], id="conditions"),
    pytest.param(
        {"resourceClaimStatuses": [{"name": "x"}]},
        [
            'status.resourceClaimStatuses[0].name: Invalid value: "x": must match the name of an entry in '
            "`spec.resourceClaims`"
        ],
        id="claim",
    ),
    pytest.param(
        {"containerStatuses": [{"name": "a", "user": {"linux": {"uid": -1}}}]},
        [
            "status.containerStatuses[0].linux.uid: Invalid value: -1: must be between 0 and 4294967295, inclusive"
        ],
        id="user",
    ),
    pytest.param(
        {"ephemeralContainerStatuses": [{"name": "a", "allocatedResourcesStatus": [{}]}]},
        [
            "status.ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must not be specified in "
            "container status"
        ],
        id="ephemeral-resources",
    ),
])
def test_status(status, expected):
    assert validate(status) == expected


@pytest.mark.parametrize(("policy", "code", "refused"), [
    ("Always", 0, False), ("OnFailure", 1, False), ("OnFailure", 0, True), ("Never", 1, True),
])
def test_what_has_ended_stays_ended(policy, code, refused):
    expected = ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"]
    found = validate({"containerStatuses": RUNNING}, {"containerStatuses": ended(code)}, restartPolicy=policy)
    assert found == (expected if refused else [])


def test_sidecars_and_containers_with_rules_of_their_own_restart():
    sidecars = [{"name": "a", "restartPolicy": "Always"}]
    assert validate(
        {"initContainerStatuses": RUNNING}, {"initContainerStatuses": ended()}, restartPolicy="Never",
        initContainers=sidecars,
    ) == []
    assert validate(
        {"containerStatuses": RUNNING}, {"containerStatuses": ended()}, restartPolicy="Never", containers=sidecars,
    ) == []


def test_allocated_resources():
    containers = [{"name": "a", "resources": {"requests": {"example.com/gpu": "1"}, "claims": [{"name": "c"}]}}]

    def allocated(name, *resources):
        found = [{"name": name, "resources": list(resources)}]
        status = {"containerStatuses": [{"name": "a", "allocatedResourcesStatus": found}]}
        return validate(status, containers=containers)

    good = {"resourceID": "1", "health": "Healthy"}
    assert allocated("example.com/gpu", good) == allocated("claim:c", good) == []
    [text] = allocated("x")
    assert text.endswith("must match one of the container's resource requests")
    [text] = allocated("claim:x")
    assert "'claim:<claimName>/<request>'" in text
    assert [text.rpartition(".")[2].partition(":")[0] for text in allocated("claim:c", good, good)] == ["resourceID"]
    [text] = allocated("claim:c", {"resourceID": "1", "health": "x"})
    assert text.endswith('Unsupported value: "x": supported values: "Healthy", "Unhealthy", "Unknown"')
