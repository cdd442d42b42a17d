"""Mounts, and paths that cannot lead out of a directory."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubewheel.libs import mounts

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for point in mounts.below(tmp_path):
        mounts.unmount(point)


@pytest.mark.root
@NEEDS_ROOT
def test_mount_list_unmount(place: Path) -> None:
    odd = place / "a b\\c"
    odd.mkdir()
    mounts.mount("tmpfs", odd, "tmpfs", mounts.MS_NODEV, "size=65536,mode=700")
    assert mounts.is_mount_point(odd)
    assert mounts.below(place) == [odd]
    assert odd.stat().st_mode & 0o777 == 0o700
    mounts.unmount(odd)
    mounts.unmount(odd)
    mounts.unmount(place / "missing")
    assert mounts.below(place) == []


@pytest.mark.root
@NEEDS_ROOT
def test_share_is_repeatable(place: Path) -> None:
    for _ in range(2):
        mounts.share(place)
    assert mounts.below(place) == [place]
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        assert any(f" {place} " in line and "shared:" in line for line in lines)


@pytest.mark.root
@NEEDS_ROOT
def test_bind_descriptor(place: Path) -> None:
    (place / "volume").mkdir()
    (place / "volume" / "file").write_text("x")
    with mounts.beneath(place / "volume", "file") as descriptor:
        mounts.bind_descriptor(descriptor, place / "deep" / "target")
    assert (place / "deep" / "target").read_text() == "x"


@pytest.mark.parametrize("path", ["../outside", "inside/../../outside", "absolute", "climbing"])
def test_escapes_are_refused(tmp_path: Path, path: str) -> None:
    volume = tmp_path / "volume"
    (volume / "inside").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (volume / "absolute").symlink_to("/etc")
    (volume / "climbing").symlink_to("../outside")
    with pytest.raises(mounts.Escape), mounts.beneath(volume, path):
        pass
    with pytest.raises(mounts.Escape):
        mounts.make_beneath(volume, f"{path}/new", 0o755)
    assert list((tmp_path / "outside").iterdir()) == []


def test_links_inside_are_followed(tmp_path: Path) -> None:
    (tmp_path / "..data").symlink_to("real")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "key").write_text("x")
    with mounts.beneath(tmp_path, "..data/key") as descriptor:
        assert os.readlink(f"/proc/self/fd/{descriptor}") == str(tmp_path / "real" / "key")


def test_make_beneath(tmp_path: Path) -> None:
    mounts.make_beneath(tmp_path, "a/b/c", 0o750)
    mounts.make_beneath(tmp_path, "a/b/c", 0o700)
    assert (tmp_path / "a/b/c").stat().st_mode & 0o777 == 0o750


@NEEDS_ROOT
def test_many_layers_fit_into_one_mount(tmp_path: Path) -> None:
    """Their names together are longer than the page that the kernel takes."""
    layers = []
    for number in range(80):
        layer = tmp_path / "a-rather-long-name-of-a-directory" / str(number) / "fs"
        layer.mkdir(parents=True)
        (layer / f"file-{number}").write_text(str(number))
        layers.append(str(layer))
    assert len(":".join(layers)) > mounts.PAGE_BYTES
    target = tmp_path / "target"
    target.mkdir()
    mounts.mount_read_only("overlay", "overlay", ["ro", f"lowerdir={':'.join(layers)}"], target)
    try:
        assert len(list(target.iterdir())) == 80
        assert (target / "file-79").read_text() == "79"
        with pytest.raises(OSError, match="Read-only file system"):
            (target / "new").touch()
    finally:
        mounts.unmount(target)
