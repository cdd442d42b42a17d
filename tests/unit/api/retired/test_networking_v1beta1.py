"""Backends of an Ingress: a name and a port, or a service."""

import copy

import pytest

from kubewheel.api.retired import networking_v1beta1 as version


@pytest.mark.parametrize(("old", "new"), [
    ({"serviceName": "web", "servicePort": 80}, {"service": {"name": "web", "port": {"number": 80}}}),
    ({"serviceName": "web", "servicePort": "http"}, {"service": {"name": "web", "port": {"name": "http"}}}),
    ({"resource": {"kind": "Bucket", "name": "b"}}, {"resource": {"kind": "Bucket", "name": "b"}}),
    ({"serviceName": "web", "servicePort": 0}, {"service": {"name": "web", "port": {}}}),
])
def test_backends(old, new):
    path = {"path": "/", "pathType": "Prefix"}
    ingress = {"spec": {"backend": old, "rules": [{"http": {"paths": [{**path, "backend": old}]}}, {"host": "a"}]}}
    found = copy.deepcopy(ingress)
    version.to_stored(found)
    assert found == {"spec": {
        "defaultBackend": new, "rules": [{"http": {"paths": [{**path, "backend": new}]}}, {"host": "a"}],
    }}
    version.from_stored(found)
    assert found == ingress


def test_missing_path_type():
    ingress = {"spec": {"rules": [{"http": {"paths": [{"backend": {"serviceName": "a", "servicePort": 1}}]}}]}}
    version.to_stored(ingress)
    assert ingress["spec"]["rules"][0]["http"]["paths"][0]["pathType"] == "ImplementationSpecific"


def test_nothing_to_convert():
    for convert in (version.to_stored, version.from_stored):
        ingress = {"metadata": {"name": "a"}}
        convert(ingress)
        assert ingress == {"metadata": {"name": "a"}}
