"""Files that change all at once."""

import os
from pathlib import Path

import pytest

from kubewheel.kubelet.volumes.files import Content, check_path, write
from kubewheel.kubelet.volumes.kinds import VolumeError


def test_contents_modes_and_links(tmp_path: Path) -> None:
    assert write(tmp_path, {"key": Content(b"one"), "deep/er": Content(b"two", 0o400)})
    assert (tmp_path / "key").read_bytes() == b"one"
    assert (tmp_path / "deep/er").stat().st_mode & 0o777 == 0o400
    assert os.readlink(tmp_path / "key") == "..data/key"
    assert not write(tmp_path, {"key": Content(b"one"), "deep/er": Content(b"two", 0o400)})


def test_change_swaps_everything_and_removes_what_is_gone(tmp_path: Path) -> None:
    write(tmp_path, {"a": Content(b"1"), "b": Content(b"1")})
    before = os.readlink(tmp_path / "..data")
    assert write(tmp_path, {"a": Content(b"2"), "c": Content(b"2")})
    assert os.readlink(tmp_path / "..data") != before
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("..")) == ["a", "c"]
    assert not (tmp_path / before).exists()


def test_mode_alone_is_a_change(tmp_path: Path) -> None:
    write(tmp_path, {"a": Content(b"1", 0o644)})
    assert write(tmp_path, {"a": Content(b"1", 0o600)})


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away needs root")
def test_group_can_read(tmp_path: Path) -> None:
    write(tmp_path, {"a": Content(b"1", 0o600, user=7)}, group=1234)
    found = (tmp_path / "a").stat()
    assert (found.st_mode & 0o777, found.st_uid, found.st_gid) == (0o640, 7, 1234)
    assert not write(tmp_path, {"a": Content(b"1", 0o600, user=7)}, group=1234)


@pytest.mark.parametrize("path", ["", "/abs", "../up", "a/../../b", "..data", "..x/y"])
def test_paths_that_lead_out_are_refused(path: str) -> None:
    with pytest.raises(VolumeError):
        check_path(path)
