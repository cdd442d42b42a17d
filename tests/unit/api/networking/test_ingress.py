"""Ingress."""

import pytest

from kubewheel.api.networking.ingress import CLASS_ANNOTATION, KIND

SERVICE = {"service": {"name": "web", "port": {"number": 80}}}


def created(path="/", kind="Prefix", backend=SERVICE, host="example.com", **spec):
    rule = {"http": {"paths": [{"path": path, "pathType": kind, "backend": backend}]}}
    if host:
        rule["host"] = host
    return {"metadata": {"name": "i"}, "spec": {"rules": [rule], **spec}}


HERE = "spec.rules[0].http.paths[0]"


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(created(), [], id="good"),
    pytest.param(created(host="*.example.com"), [], id="wildcard"),
    pytest.param({"spec": {"defaultBackend": SERVICE}}, [], id="default-backend"),
    pytest.param(
        {"spec": {}}, ["spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"], id="empty",
    ),
    pytest.param(
        created(kind=None), [f"{HERE}.pathType: Required value: pathType must be specified"], id="no-path-type",
    ),
    pytest.param(
        created(kind="Regex"),
        [
            f'{HERE}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", '
            f'"Prefix"'
        ],
        id="path-type",
    ),
    pytest.param(
        created("a//b/.."),
        [
            f'{HERE}.path: Invalid value: "a//b/..": must be an absolute path',
            f"{HERE}.path: Invalid value: \"a//b/..\": must not contain '//'",
            f"{HERE}.path: Invalid value: \"a//b/..\": cannot end with '/..'",
        ],
        id="path",
    ),
    pytest.param(created("", "ImplementationSpecific"), [], id="no-path"),
    pytest.param(
        created(backend={}), [f'{HERE}.backend: Invalid value: "": resource or service backend is required'],
        id="no-backend",
    ),
    pytest.param(
        created(backend={"service": {"name": "web"}}),
        [f"{HERE}.backend: Required value: port name or number is required"], id="no-port",
    ),
    pytest.param(
        created(backend={"service": {"port": {"name": "a", "number": 1}}}),
        [
            f"{HERE}.backend.service.name: Required value",
            f'{HERE}.backend: Invalid value: "": cannot set both port name & port number',
        ],
        id="two-ports",
    ),
    pytest.param(
        created(backend={**SERVICE, "resource": {}}),
        [f'{HERE}.backend: Invalid value: "": cannot set both resource and service backends'], id="two-backends",
    ),
    pytest.param(
        created(backend={"resource": {"apiGroup": "x", "name": "n"}}),
        [f"{HERE}.backend.resource.kind: Required value: kind is required"], id="resource",
    ),
    pytest.param(
        created(host="10.0.0.1"),
        ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'], id="address",
    ),
    pytest.param(
        {"spec": {"rules": [{"http": {}}]}}, ["spec.rules[0].http.paths: Required value"], id="no-paths",
    ),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


def test_tls():
    made = created(tls=[{"hosts": ["A", "*.b"], "secretName": "S"}])
    assert [fault.field for fault in KIND.validate(made)] == ["spec.tls[0].hosts[0]", "spec.tls[0].secretName"]


def test_class():
    made = created(ingressClassName="nginx")
    made["metadata"]["annotations"] = {CLASS_ANNOTATION: "other"}
    assert [str(fault) for fault in KIND.validate(made)] == [
        'annotations.kubernetes.io/ingress.class: Invalid value: "other": must match `ingressClassName` when both are '
        "specified"
    ]
    assert KIND.warnings(made) == [
        'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead'
    ]
    assert KIND.warnings(created()) == []


def test_status():
    points = [{"ip": "x"}, {"hostname": "10.0.0.1"}, {"ip": "10.0.0.1"}]
    found = KIND.validate_status({"status": {"loadBalancer": {"ingress": points}}}, {})
    assert [fault.field for fault in found] == [
        "status.loadBalancer.ingress[0].ip", "status.loadBalancer.ingress[1].hostname",
    ]


def test_row():
    made = created(tls=[{}], ingressClassName="nginx")
    made["spec"]["rules"] *= 5
    made["status"] = {"loadBalancer": {"ingress": [{"ip": "10.0.0.2"}, {"hostname": "a"}]}}
    assert list(KIND.row(made, 0)) == [
        "i", "nginx", "example.com,example.com,example.com + 2 more...", "10.0.0.2,a", "80, 443", "<unknown>",
    ]
    assert list(KIND.row(created(host=""), 0))[1:5] == ["<none>", "*", "", "80"]
