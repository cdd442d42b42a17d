"""The controllers' settings from their flags."""

import datetime

import pytest

from kubewheel.api.registry import Registry
from kubewheel.client.kubeconfig import Access
from kubewheel.launch.alone import controller_flags
from kubewheel.launch.alone.server import Server
from kubewheel.libs import tls
from kubewheel.libs.clock import SteppedClock

DEFAULTS = {
    "controllers": "*", "cluster_cidr": "", "root_ca_file": "", "service_account_private_key_file": "",
    "use_service_account_credentials": True, "cluster_signing_cert_file": "", "cluster_signing_key_file": "",
}


def _settings(**given):
    there = Server(Access("http://127.0.0.1:1", authority=b"authority"), Registry.builtin(), client=None)
    return there, controller_flags.settings({**DEFAULTS, **given}, there, SteppedClock())


def test_without_flags():
    there, found = _settings()
    assert found.root_ca == b"authority"
    assert found.sign_claims is None
    assert not found.allocate_node_cidrs
    assert found.client_for("job-controller") is not None
    assert len(there.closers) == 1


def test_flags(tmp_path):
    key, authority = tmp_path / "key", tmp_path / "ca.crt"
    key.write_bytes(tls.key_pem(tls.make_key()))
    authority.write_bytes(b"other")
    _, found = _settings(
        controllers="*,-job-controller", cluster_cidr="10.1.0.0/16", root_ca_file=str(authority),
        service_account_private_key_file=str(key), use_service_account_credentials=False,
    )
    assert (found.is_enabled("job-controller"), found.is_enabled("deployment-controller")) == (False, True)
    assert (found.allocate_node_cidrs, found.cluster_cidrs) == (True, ("10.1.0.0/16",))
    assert found.root_ca == b"other"
    assert found.client_for is None
    assert found.sign_claims({"a": 1}).count(".") == 2


def test_certificates_are_signed_by_the_authority_named(tmp_path):
    certificate, key = tmp_path / "ca.crt", tmp_path / "ca.key"
    pair = tls.make_authority("a", datetime.datetime.now(datetime.UTC), 1)
    certificate.write_bytes(pair.certificate_pem())
    key.write_bytes(pair.key_pem())
    assert _settings()[1].sign_certificate is None
    named = {"cluster_signing_cert_file": str(certificate), "cluster_signing_key_file": str(key)}
    assert _settings(**named)[1].sign_certificate is not None
    with pytest.raises(ValueError, match="belong together"):
        _settings(cluster_signing_cert_file=str(certificate))


@pytest.mark.parametrize("name", ["root_ca_file", "service_account_private_key_file"])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(OSError, match="nothing"):
        _settings(**{name: str(tmp_path / "nothing")})
