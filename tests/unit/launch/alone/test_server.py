"""The credentials of a lone component."""

import datetime
from pathlib import Path

import pytest

from kubewheel.client.kubeconfig import Access
from kubewheel.launch.alone import server
from kubewheel.launch.settings import Unfit
from kubewheel.libs import tls
from kubewheel.libs.tls import Subject

NOW = datetime.datetime.now(datetime.UTC)
AUTHORITY = tls.make_authority("ca", NOW, 1)


def _warnings(folder: Path, subject: Subject, *, mode: int = 0o600) -> list[str]:
    path = folder / "kubeconfig"
    path.touch()
    path.chmod(mode)
    access = Access("https://x", certificate=tls.issue(AUTHORITY, subject, NOW, 1).certificate_pem())
    return server.warnings(path, access, server.node("node-1"))


def test_the_right_identity_in_a_private_file(tmp_path):
    assert _warnings(tmp_path, Subject("system:node:node-1", ("system:nodes",))) == []


def test_a_file_that_others_can_read(tmp_path):
    (warning,) = _warnings(tmp_path, Subject("system:node:node-1", ("system:nodes",)), mode=0o644)
    assert "chmod 600" in warning


def test_another_user_is_named(tmp_path):
    (warning,) = _warnings(tmp_path, Subject("system:node:node-0", ("system:nodes",)))
    assert "'system:node:node-0', expected is 'system:node:node-1'" in warning


def test_another_group_is_named(tmp_path):
    (warning,) = _warnings(tmp_path, Subject("system:node:node-1", ("system:system:nodes",)))
    assert "['system:system:nodes'], expected are ['system:nodes']" in warning


def test_a_kubeconfig_is_needed():
    with pytest.raises(Unfit, match="--kubeconfig"):
        server.reach("", server.PROXY)
