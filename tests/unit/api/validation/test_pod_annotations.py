"""Annotations of pods that mean something."""

import pytest

from kubewheel.api.validation import pod_annotations as annotations

SPEC = {"containers": [{"name": "a"}]}


@pytest.mark.parametrize(("given", "expected"), [
    pytest.param(None, [], id="none"),
    pytest.param({annotations.DELETION_COST: "-5"}, [], id="cost"),
    pytest.param(
        {annotations.DELETION_COST: "+1"},
        [f'p[{annotations.DELETION_COST}]: Invalid value: "+1": must be a 32bit integer'], id="cost-form",
    ),
    pytest.param(
        {annotations.DELETION_COST: "2147483648"},
        [f'p[{annotations.DELETION_COST}]: Invalid value: "2147483648": must be a 32bit integer'], id="cost-size",
    ),
    pytest.param(
        {annotations.MIRROR: "x"},
        [
            f'p[{annotations.MIRROR}]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set'
        ],
        id="mirror-without-node",
    ),
    pytest.param({annotations.SECCOMP_POD: "localhost/a"}, [], id="seccomp"),
    pytest.param(
        {annotations.SECCOMP_POD: "x"},
        [f'p.{annotations.SECCOMP_POD}: Invalid value: "x": must be a valid seccomp profile'], id="seccomp-form",
    ),
    pytest.param({f"{annotations.APPARMOR}a": "runtime/default"}, [], id="apparmor"),
    pytest.param(
        {f"{annotations.APPARMOR}b": "x"},
        [
            f'p[{annotations.APPARMOR}b]: Invalid value: "b": container not found',
            f'p[{annotations.APPARMOR}b]: Invalid value: "x": invalid AppArmor profile name: "x"',
        ],
        id="apparmor-form",
    ),
])
def test_annotations(given, expected):
    assert [str(fault) for fault in annotations.validate_pod_annotations(given, SPEC, "p")] == expected


def test_updates():
    key = f"{annotations.APPARMOR}a"
    assert annotations.validate_annotation_update({"a": "1"}, {"a": "2"}, "p") == []
    assert [fault.detail for fault in annotations.validate_annotation_update({}, {key: "x"}, "p")] == [
        "may not remove or update AppArmor annotations"
    ]
    assert [fault.detail for fault in annotations.validate_annotation_update({key: "x"}, None, "p")] == [
        "may not add AppArmor annotations"
    ]
    assert [
        fault.detail
        for fault in annotations.validate_annotation_update({annotations.MIRROR: "b"}, {annotations.MIRROR: "a"}, "p")
    ] == ["may not remove or update mirror pod annotation"]


@pytest.mark.parametrize(("given", "spec", "fields"), [
    pytest.param(
        {annotations.SECCOMP_POD: "unconfined"}, {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
        ["p.securityContext.seccompProfile.type"], id="pod",
    ),
    pytest.param(
        {f"{annotations.SECCOMP_CONTAINER}a": "localhost/b"},
        {"containers": [{"name": "a", "securityContext": {
            "seccompProfile": {"type": "Localhost", "localhostProfile": "a"},
        }}]},
        ["p.containers[0].securityContext.seccompProfile.localhostProfile"], id="container",
    ),
    pytest.param(
        {f"{annotations.APPARMOR}a": "unconfined"},
        {"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}, "containers": [{"name": "a"}]},
        ["p.containers[0].securityContext.appArmorProfile.type"], id="apparmor",
    ),
    pytest.param(
        {f"{annotations.APPARMOR}a": "localhost/x"},
        {"containers": [{"name": "a", "securityContext": {
            "appArmorProfile": {"type": "Localhost", "localhostProfile": "x"},
        }}]},
        [], id="agree",
    ),
])
def test_profiles_given_twice(given, spec, fields):
    assert [fault.field for fault in annotations.validate_profiles_match(given, spec, "p")] == fields
