"""Security contexts."""

import pytest

from kubewheel.api.validation import security_context

TYPES = '"Localhost", "RuntimeDefault", "Unconfined"'


@pytest.mark.parametrize(("profile", "expected"), [
    pytest.param(None, [], id="none"),
    pytest.param({"type": "RuntimeDefault"}, [], id="default"),
    pytest.param({"type": "Localhost", "localhostProfile": "a/b"}, [], id="local"),
    pytest.param({}, ["p.type: Required value: type is required when seccompProfile is set"], id="no-type"),
    pytest.param({"type": "x"}, [f'p.type: Unsupported value: "x": supported values: {TYPES}'], id="type"),
    pytest.param(
        {"type": "Localhost"}, ["p.localhostProfile: Required value: must be set when seccomp type is Localhost"],
        id="no-name",
    ),
    pytest.param(
        {"type": "Localhost", "localhostProfile": "/a"},
        ['p.localhostProfile: Invalid value: "/a": must be a relative path'], id="absolute",
    ),
])
def test_seccomp(profile, expected):
    assert [str(fault) for fault in security_context.validate_seccomp(profile, "p")] == expected


@pytest.mark.parametrize(("profile", "expected"), [
    pytest.param(None, [], id="none"),
    pytest.param({"type": "Localhost", "localhostProfile": "a"}, [], id="local"),
    pytest.param({}, ["p.type: Required value: type is required when appArmorProfile is set"], id="no-type"),
    pytest.param({"type": "x"}, [f'p.type: Unsupported value: "x": supported values: {TYPES}'], id="type"),
    pytest.param(
        {"type": "Unconfined", "localhostProfile": "a"},
        ['p.localhostProfile: Invalid value: "a": can only be set when AppArmor type is Localhost'], id="name",
    ),
    pytest.param(
        {"type": "Localhost"}, ["p.localhostProfile: Required value: must be set when AppArmor type is Localhost"],
        id="no-name",
    ),
    pytest.param(
        {"type": "Localhost", "localhostProfile": " a"},
        ['p.localhostProfile: Invalid value: " a": must not be padded with whitespace'], id="padded",
    ),
    pytest.param(
        {"type": "Localhost", "localhostProfile": "a" * 4096},
        ["p.localhostProfile: Too long: may not be more than 4095 bytes"], id="long",
    ),
])
def test_apparmor(profile, expected):
    assert [str(fault) for fault in security_context.validate_apparmor(profile, "p")] == expected


RANGE = "must be between 0 and 4294967295, inclusive"


@pytest.mark.parametrize(("context", "spec", "expected"), [
    pytest.param({"runAsUser": 0, "fsGroup": 5}, {}, [], id="fine"),
    pytest.param({"runAsUser": -1}, {}, [f"p.runAsUser: Invalid value: -1: {RANGE}"], id="user"),
    pytest.param(
        {"supplementalGroups": [-1]}, {}, [f"p.supplementalGroups[0]: Invalid value: -1: {RANGE}"], id="group",
    ),
    pytest.param({"sysctls": [{"name": "net.ipv4.x", "value": "1"}]}, {}, [], id="sysctl"),
    pytest.param({"sysctls": [{}]}, {}, ["p.sysctls[0].name: Required value"], id="sysctl-without-name"),
    pytest.param(
        {"sysctls": [{"name": "a"}, {"name": "a"}]}, {}, ['p.sysctls[1].name: Duplicate value: "a"'], id="sysctl-twice",
    ),
    pytest.param(
        {"sysctls": [{"name": "net/x"}]}, {"hostNetwork": True},
        ['p.sysctls[0].name: Invalid value: "net/x": may not be specified when \'hostNetwork\' is true'],
        id="sysctl-of-host-network",
    ),
    pytest.param(
        {"sysctls": [{"name": "kernel.sem"}]}, {"hostIPC": True},
        ['p.sysctls[0].name: Invalid value: "kernel.sem": may not be specified when \'hostIPC\' is true'],
        id="sysctl-of-host-ipc",
    ),
    pytest.param(
        {"fsGroupChangePolicy": "x"}, {},
        ['p.fsGroupChangePolicy: Unsupported value: "x": supported values: "Always", "OnRootMismatch"'], id="fs-policy",
    ),
    pytest.param(
        {"supplementalGroupsPolicy": "x"}, {},
        ['p.supplementalGroupsPolicy: Unsupported value: "x": supported values: "Merge", "Strict"'], id="groups-policy",
    ),
    pytest.param(
        {}, {"hostPID": True, "shareProcessNamespace": True},
        [
            "p.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled"
        ],
        id="two-pid-namespaces",
    ),
])
def test_pod(context, spec, expected):
    found = security_context.validate_pod_security_context({**spec, "securityContext": context}, "p")
    assert [str(fault) for fault in found] == expected


def test_sysctl_names():
    [fault] = security_context.validate_pod_security_context({"securityContext": {"sysctls": [{"name": "A"}]}}, "p")
    assert fault.detail.startswith("must have at most 253 characters and match regex ^([a-z0-9]")


@pytest.mark.parametrize(("context", "expected"), [
    pytest.param({"privileged": True, "runAsNonRoot": True}, [], id="fine"),
    pytest.param({"runAsGroup": -1}, [f"p.runAsGroup: Invalid value: -1: {RANGE}"], id="group"),
    pytest.param(
        {"procMount": "x"}, ['p.procMount: Unsupported value: "x": supported values: "Default", "Unmasked"'],
        id="proc-mount",
    ),
    pytest.param(
        {"procMount": "Unmasked"},
        ['p.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`'], id="unmasked",
    ),
])
def test_container(context, expected):
    found = security_context.validate_security_context(context, "p", host_users=True)
    assert [str(fault) for fault in found] == expected


def test_escalation():
    context = {"allowPrivilegeEscalation": False, "privileged": True, "capabilities": {"add": ["CAP_SYS_ADMIN"]}}
    assert [fault.detail for fault in security_context.validate_security_context(context, "p", host_users=False)] == [
        "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
        "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
    ]
    assert security_context.validate_security_context(None, "p", host_users=True) == []


def test_host_users():
    spec = {"hostUsers": False, "hostNetwork": True, "hostPID": True}
    assert [str(fault) for fault in security_context.validate_host_users(spec, "spec")] == [
        "spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false",
        "spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false",
    ]
    assert security_context.validate_host_users({"hostNetwork": True}, "spec") == []
