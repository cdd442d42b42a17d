"""Keys, certificates and the files that hold them."""

import datetime
import ssl

import pytest

from kubewheel.libs import tls
from kubewheel.libs.tls import Subject

NOW = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def authority():
    return tls.make_authority("test-ca", NOW, 10)


def test_a_leaf_names_its_subject_and_is_signed(authority):
    subject = Subject("system:node:a", ("system:nodes",), ("a", "10.0.0.1", "::1"))
    pair = tls.issue(authority, subject, NOW, 5)
    assert tls.subject_of(pair.certificate) == subject
    assert tls.is_signed_by(pair.certificate, authority.certificate)
    assert not tls.is_signed_by(pair.certificate, tls.make_authority("test-ca", NOW, 10).certificate)


def test_validity_bears_a_clock_that_is_behind(authority):
    pair = tls.issue(authority, Subject("x"), NOW, 5)
    assert pair.certificate.not_valid_before_utc < NOW - datetime.timedelta(minutes=4)
    assert pair.certificate.not_valid_after_utc == NOW + datetime.timedelta(days=5)


def test_private_files_are_private_and_replaced_whole(tmp_path):
    path = tmp_path / "folder" / "key"
    tls.write_private(path, b"one")
    tls.write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]


def test_pairs_survive_their_files(tmp_path, authority):
    (tmp_path / "c").write_bytes(authority.certificate_pem())
    tls.write_private(tmp_path / "k", authority.key_pem())
    loaded = tls.load_pair(tmp_path / "c", tmp_path / "k")
    assert loaded.certificate == authority.certificate
    assert tls.server_context(tmp_path / "c", tmp_path / "k", tmp_path / "c").verify_mode == ssl.CERT_OPTIONAL
    assert tls.client_context(tmp_path / "c").verify_mode == ssl.CERT_REQUIRED
