"""Roles that hold in one namespace."""

from kubewheel.api.rbac.bootstrap import namespaced


def test_namespaces():
    assert sorted(namespaced.ROLES) == sorted(namespaced.BINDINGS) == ["kube-public", "kube-system"]


def test_authentication_configuration():
    [rule] = namespaced.ROLES["kube-system"]["extension-apiserver-authentication-reader"]
    assert rule["resourceNames"] == ["extension-apiserver-authentication"]
