"""Parts of volumes in containers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubewheel.kubelet.volumes.kinds import VolumeError
from kubewheel.kubelet.volumes.subpath import bind
from kubewheel.libs import mounts

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "volume").mkdir()
    yield tmp_path
    for point in mounts.below(tmp_path):
        mounts.unmount(point)


def test_missing_directory_is_made_or_refused(place: Path) -> None:
    with pytest.raises(VolumeError, match="failed to prepare subPath 'a/b': No such file or directory"):
        bind(place / "volume", "a/b", place / "target", make=False)
    assert bind(place / "volume", "a/b", place / "target", make=True) == place / "target"
    (place / "target" / "x").touch()
    assert (place / "volume/a/b/x").exists()


def test_binding_again_replaces(place: Path) -> None:
    for name in ("a", "b"):
        (place / "volume" / name).mkdir()
        (place / "volume" / name / name).touch()
        bind(place / "volume", name, place / "target", make=False)
    assert [path.name for path in (place / "target").iterdir()] == ["b"]
    assert len(mounts.below(place)) == 1


@pytest.mark.parametrize("path", ["../x", "/etc", "link/passwd"])
def test_leading_out(place: Path, path: str) -> None:
    (place / "volume" / "link").symlink_to("/etc")
    with pytest.raises(VolumeError):
        bind(place / "volume", path, place / "target", make=True)
