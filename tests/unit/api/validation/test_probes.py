"""Probes and lifecycle handlers."""

import pytest

from kubewheel.api.validation import probes

AROUND = probes.Surroundings(grace_seconds=30)
TIMES = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
HTTP = {"path": "/", "port": 80, "scheme": "HTTP"}


@pytest.mark.parametrize(("kind", "probe", "expected"), [
    pytest.param("livenessProbe", {"httpGet": HTTP}, [], id="http"),
    pytest.param("livenessProbe", {"tcpSocket": {"port": "web"}}, [], id="tcp"),
    pytest.param("livenessProbe", {"exec": {"command": ["true"]}}, [], id="exec"),
    pytest.param("livenessProbe", {"grpc": {"port": 80}}, [], id="grpc"),
    pytest.param("livenessProbe", {}, [": Required value: must specify a handler type"], id="no-handler"),
    pytest.param("livenessProbe", {"exec": {}}, [".exec.command: Required value"], id="no-command"),
    pytest.param(
        "livenessProbe", {"exec": {"command": ["a"]}, "httpGet": HTTP},
        [".httpGet: Forbidden: may not specify more than 1 handler type"], id="two-handlers",
    ),
    pytest.param(
        "livenessProbe", {"httpGet": {**HTTP, "port": 0}},
        [".httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive"], id="port",
    ),
    pytest.param(
        "livenessProbe", {"httpGet": {**HTTP, "scheme": "http", "path": ""}},
        [
            ".httpGet.path: Required value",
            '.httpGet.scheme: Unsupported value: "http": supported values: "HTTP", "HTTPS"',
        ],
        id="scheme",
    ),
    pytest.param(
        "readinessProbe", {"httpGet": {**HTTP, "httpHeaders": [{"name": "a b"}]}},
        [
            '.httpGet.httpHeaders: Invalid value: "a b": a valid HTTP header must consist of alphanumeric characters '
            "or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
        ],
        id="header",
    ),
    pytest.param(
        "livenessProbe", {"httpGet": HTTP, "successThreshold": 2},
        [".successThreshold: Invalid value: 2: must be 1"], id="liveness-threshold",
    ),
    pytest.param("readinessProbe", {"httpGet": HTTP, "successThreshold": 2}, [], id="readiness-threshold"),
    pytest.param(
        "startupProbe", {"httpGet": HTTP, "periodSeconds": -1},
        [".periodSeconds: Invalid value: -1: must be greater than or equal to 0"], id="negative",
    ),
    pytest.param(
        "readinessProbe", {"httpGet": HTTP, "terminationGracePeriodSeconds": 1},
        [".terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes"], id="readiness-grace",
    ),
    pytest.param(
        "livenessProbe", {"httpGet": HTTP, "terminationGracePeriodSeconds": 0},
        [".terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0"], id="no-grace",
    ),
])
def test_probe(kind, probe, expected):
    found = probes.validate_probe({kind: {**TIMES, **probe}}, kind, "p", AROUND)
    assert [str(fault) for fault in found] == [f"p.{kind}{text}" for text in expected]


def test_no_probe():
    assert probes.validate_probe({}, "livenessProbe", "p", AROUND) == []


@pytest.mark.parametrize(("lifecycle", "os", "expected"), [
    pytest.param({"preStop": {"sleep": {"seconds": 30}}}, "", [], id="sleep"),
    pytest.param({"preStop": {"sleep": {}}}, "", [], id="sleep-zero"),
    pytest.param(
        {"preStop": {"sleep": {"seconds": 31}}}, "",
        [
            "p.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)"
        ],
        id="sleep-too-long",
    ),
    pytest.param({"postStart": {}}, "", ["p.postStart: Required value: must specify a handler type"], id="nothing"),
    pytest.param({"stopSignal": "SIGUSR1"}, "linux", [], id="signal"),
    pytest.param(
        {"stopSignal": "SIGUSR1"}, "",
        ["p.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`"], id="signal-without-os",
    ),
    pytest.param(
        {"stopSignal": "SIGUSR1"}, "windows",
        ['p.stopSignal: Unsupported value: "SIGUSR1": supported values: "SIGKILL", "SIGTERM"'], id="signal-windows",
    ),
])
def test_lifecycle(lifecycle, os, expected):
    found = probes.validate_lifecycle(lifecycle, "p", probes.Surroundings(30, os))
    assert [str(fault) for fault in found] == expected


def test_no_lifecycle():
    assert probes.validate_lifecycle(None, "p", AROUND) == []
    assert "SIGRTMIN+15" in probes.SIGNALS
    assert len(probes.SIGNALS) == 65
