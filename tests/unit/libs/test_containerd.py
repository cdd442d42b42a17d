"""containerd's keeper: versions, configuration, who is whose process."""

import os
from pathlib import Path

import pytest

from kubewheel.libs import containerd
from kubewheel.libs.clock import RealClock


def settings(directory: Path) -> containerd.ContainerdSettings:
    return containerd.ContainerdSettings(directory, directory / "net.d", Path("/usr/lib/cni"), "local/pause:1")


@pytest.mark.parametrize(("text", "expected"), [
    ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1", (1, 6)),
    ("containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7193e4e490e9fbdc236c0e811ccaba3376", (2, 1)),
    ("nonsense", None),
])
def test_parse_version(text: str, expected: tuple[int, int] | None) -> None:
    assert containerd.parse_version(text) == expected


def test_long_directories_get_a_short_socket(tmp_path: Path) -> None:
    assert settings(Path("/var/lib/kw")).socket == Path("/var/lib/kw/containerd.sock")
    long = settings(tmp_path / ("x" * 120))
    assert len(os.fsencode(long.socket)) < containerd.SOCKET_PATH_BYTES
    assert long.socket == settings(tmp_path / ("x" * 120)).socket
    assert long.socket != settings(tmp_path / ("y" * 120)).socket


def test_configuration_names_everything_of_ours(tmp_path: Path) -> None:
    text = containerd._configuration(settings(tmp_path))
    for part in (f'root = "{tmp_path}/root"', 'sandbox_image = "local/pause:1"',
                 'runtime_type = "io.containerd.runc.v2"',
                 f'config_path = "{tmp_path}/certs.d"', f'conf_dir = "{tmp_path}/net.d"'):
        assert part in text


@pytest.mark.parametrize("content", [
    "", "x", "1", pytest.param(str(os.getpid()), id="another-process"),
])
def test_stale_pid_files_mean_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "containerd.pid").write_text(content)
    assert containerd.Containerd(settings(tmp_path), RealClock()).pid() is None


async def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(containerd, "missing_binaries", lambda: ["runc"])
    with pytest.raises(containerd.ContainerdError, match="not installed: runc; install the packages containerd"):
        await containerd.Containerd(settings(tmp_path), RealClock()).check()
