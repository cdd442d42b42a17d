"""Windows."""

import pytest

from kubewheel.api.validation import windows


@pytest.mark.parametrize(("name", "details"), [
    ("user", []), ("DOMAIN\\user", []), ("a.example.com\\user", []),
    ("", ["runAsUserName cannot be an empty string"]),
    ("a\\b\\c", ["runAsUserName cannot contain more than one backslash"]),
    ("a\x01", ["runAsUserName cannot contain control characters"]),
    ("DOMAIN\\", ["runAsUserName's User cannot be empty"]),
    ("..", ["runAsUserName's User cannot contain only periods or spaces"]),
    ("a*b", ['runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]']),
    ("u" * 105, ["runAsUserName's User length must not be longer than 104 characters"]),
    ("a:b\\user", ["runAsUserName's Domain doesn't match the NetBios nor the DNS format"]),
])
def test_user_names(name, details):
    assert [fault.detail for fault in windows.validate_options({"runAsUserName": name}, "p")] == details


def test_credential_specs():
    found = windows.validate_options({"gmsaCredentialSpec": "", "gmsaCredentialSpecName": "A"}, "p")
    assert [fault.field for fault in found] == ["p.gmsaCredentialSpecName", "p.gmsaCredentialSpec"]
    [fault] = windows.validate_options({"gmsaCredentialSpec": "x" * 65537}, "p")
    assert fault.detail == "gmsaCredentialSpec size must be under 64 KiB"
    assert windows.validate_options(None, "p") == []


def host_process(value):
    return {"securityContext": {"windowsOptions": {"hostProcess": value}}}


def test_host_process():
    assert windows.validate_host_process({**host_process(True), "hostNetwork": True, "containers": [{}]}, "p") == []
    found = windows.validate_host_process({"containers": [host_process(True), {}]}, "p")
    assert [str(fault) for fault in found] == [
        'p: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess '
        "containers",
        "p.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
    ]
    found = windows.validate_host_process({**host_process(False), "containers": [host_process(False)]}, "p")
    assert found == []
    [fault] = windows.validate_host_process({**host_process(True), "containers": [host_process(False)]}, "p")[:1]
    assert fault.detail == "pod hostProcess value must be identical if both are specified, was true"


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({}, [], id="none"),
    pytest.param({"os": {"name": "linux"}, "securityContext": {"runAsUser": 1}}, [], id="linux"),
    pytest.param({"os": {}}, ["p.os.name: Required value: cannot be empty"], id="no-name"),
    pytest.param(
        {"os": {"name": "plan9"}}, ['p.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
        id="name",
    ),
    pytest.param(
        {"os": {"name": "linux"}, "containers": [host_process(False)]},
        [
            "p.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod"
        ],
        id="linux-with-windows-options",
    ),
    pytest.param(
        {
            "os": {"name": "windows"}, "hostPID": False, "hostIPC": True,
            "securityContext": {"runAsUser": 0, "sysctls": []},
            "containers": [{"securityContext": {"privileged": False}}],
        },
        [
            "p.hostIPC: Forbidden: cannot be set for a windows pod",
            "p.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
            "p.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod",
        ],
        id="windows-with-linux-fields",
    ),
])
def test_os(spec, expected):
    assert [str(fault) for fault in windows.validate_os(spec, "p")] == expected


def test_all_containers_with_their_paths():
    spec = {"containers": [{"name": "a"}], "initContainers": [{"name": "b"}], "ephemeralContainers": [{"name": "c"}]}
    assert [(each["name"], path) for each, path in windows.all_containers(spec, "spec")] == [
        ("b", "spec.initContainers[0]"), ("a", "spec.containers[0]"), ("c", "spec.ephemeralContainers[0]"),
    ]
