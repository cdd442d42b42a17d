"""Defaults of claims."""

from kubewheel.api.defaults.claims import default_claim_spec


def test_claim():
    spec = {"resources": {"requests": {"storage": "8192Mi"}}}
    default_claim_spec(spec)
    assert spec == {"volumeMode": "Filesystem", "resources": {"requests": {"storage": "8Gi"}}}
    spec = {"volumeMode": "Block"}
    default_claim_spec(spec)
    assert spec == {"volumeMode": "Block", "resources": {}}
