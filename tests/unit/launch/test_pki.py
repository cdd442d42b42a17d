"""Which certificates a cluster has, and when they are made anew."""

import datetime

import pytest

from kubewheel.launch import pki
from kubewheel.libs import tls

NOW = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)
NAMES = pki.Names("host", ("192.0.2.7",), "10.96.0.1", "cluster.local")


def _ensure(folder, names=NAMES, now=NOW):
    return pki.ensure(folder, names, ["node-0"], now)


def test_every_identity_is_made_once(tmp_path):
    written = _ensure(tmp_path / "pki")
    assert set(written) == {
        "admin", "kube-api-server", "kube-controller-manager", "kube-scheduler", "kube-proxy", "service-accounts",
        "node-0", "front-proxy-client",
    }
    assert _ensure(tmp_path / "pki") == []
    assert pki.loose_files(tmp_path) == []


def test_private_files_that_others_can_read_are_found(tmp_path):
    _ensure(tmp_path / "pki")
    loose = [tmp_path / "kubeconfig", tmp_path / "kubeconfigs" / "admin.kubeconfig", tmp_path / "pki" / "admin.key"]
    loose[1].parent.mkdir()
    for path in loose:
        path.touch()
        path.chmod(0o644)
    assert pki.loose_files(tmp_path) == loose


@pytest.mark.parametrize(
    ("name", "common_name", "organizations"),
    [
        pytest.param("admin", "admin", ("system:masters",), id="admin"),
        pytest.param("kube-proxy", "system:kube-proxy", ("system:node-proxier",), id="proxy"),
        pytest.param("node-0", "system:node:node-0", ("system:nodes",), id="node"),
        pytest.param(
            "kube-scheduler", "system:kube-scheduler", ("system:kube-scheduler",), id="scheduler"
        ),
    ],
)
def test_subjects_are_those_that_the_roles_name(tmp_path, name, common_name, organizations):
    _ensure(tmp_path)
    subject = tls.subject_of(tls.load_pair(*pki.paths(tmp_path, name)).certificate)
    assert (subject.common_name, subject.organizations) == (common_name, organizations)


def test_the_api_server_is_valid_for_every_name_it_is_called_by(tmp_path):
    _ensure(tmp_path)
    names = tls.subject_of(tls.load_pair(*pki.paths(tmp_path, "kube-api-server")).certificate).names
    for name in ("127.0.0.1", "10.96.0.1", "192.0.2.7", "localhost", "kubernetes", "kubernetes.default",
                 "kubernetes.default.svc", "kubernetes.default.svc.cluster", "kubernetes.default.svc.cluster.local"):
        assert name in names


def test_a_new_address_renews_what_serves_and_nothing_else(tmp_path):
    _ensure(tmp_path)
    moved = pki.Names("host", ("192.0.2.8",), "10.96.0.1", "cluster.local")
    assert set(_ensure(tmp_path, moved)) == {"kube-api-server", "node-0"}


def test_a_near_end_renews_but_keeps_the_token_key_and_the_authority(tmp_path):
    _ensure(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in ("service-accounts.key", "ca.crt", "admin.key")}
    written = _ensure(tmp_path, now=NOW + datetime.timedelta(days=340))
    assert "service-accounts" in written
    after = {name: (tmp_path / name).read_bytes() for name in before}
    assert after["service-accounts.key"] == before["service-accounts.key"]
    assert after["ca.crt"] == before["ca.crt"]
    assert after["admin.key"] != before["admin.key"]


def test_half_an_authority_is_an_error_that_names_the_file(tmp_path):
    _ensure(tmp_path)
    (tmp_path / "ca.key").unlink()
    with pytest.raises(ValueError, match=r"ca\.key is missing"):
        _ensure(tmp_path)


def test_a_damaged_certificate_is_replaced(tmp_path):
    _ensure(tmp_path)
    (tmp_path / "kube-proxy.crt").write_text("no certificate")
    assert _ensure(tmp_path) == ["kube-proxy"]
