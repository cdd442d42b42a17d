"""Subjects of rbac v1alpha1."""

import copy

import pytest

from kubewheel.api.retired import rbac_v1alpha1 as version

GROUP = version.GROUP


@pytest.mark.parametrize(("old", "stored"), [
    ({"kind": "User", "apiVersion": f"{GROUP}/v1alpha1", "name": "bob"},
     {"kind": "User", "apiGroup": GROUP, "name": "bob"}),
    ({"kind": "ServiceAccount", "apiVersion": "v1", "name": "a", "namespace": "b"},
     {"kind": "ServiceAccount", "name": "a", "namespace": "b"}),
    ({"kind": "User", "apiVersion": f"{GROUP}/v1alpha1", "name": "*"}, version.KNOWN),
])
def test_subjects(old, stored):
    binding = {"subjects": [copy.deepcopy(old)]}
    version.to_stored(binding)
    assert binding == {"subjects": [stored]}
    version.from_stored(binding)
    assert binding == {"subjects": [old]}
