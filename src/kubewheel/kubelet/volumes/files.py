"""Files of config maps, secrets, fields and tokens: replaced all at once, so that a reader never sees a mixture.

The files lie in a dated directory; `..data` points at it and is replaced by rename; what readers open are links
through `..data`.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kubewheel.kubelet.volumes.kinds import VolumeError

DATA, NEXT_DATA = "..data", "..data_tmp"
DEFAULT_MODE = 0o644
DIRECTORY_MODE = 0o755
GROUP_READABLE = 0o440


@dataclass(frozen=True, slots=True)
class Content:
    """One file."""

    data: bytes
    mode: int = DEFAULT_MODE
    user: int | None = None


def check_path(path: str) -> str:
    """Return a relative path that stays in its directory; raise VolumeError."""
    parts = Path(path).parts
    if not parts or Path(path).is_absolute() or ".." in parts or parts[0].startswith(".."):
        raise VolumeError(f"invalid path: {path!r}: must be relative, without '..'")
    return path


def _apply(path: Path, content: Content, group: int | None) -> None:
    mode = content.mode | GROUP_READABLE if group is not None else content.mode
    if os.stat(path).st_mode & 0o7777 != mode:
        path.chmod(mode)
    if content.user is not None or group is not None:
        os.chown(path, -1 if content.user is None else content.user, -1 if group is None else group)


def _is_current(directory: Path, contents: Mapping[str, Content], group: int | None) -> bool:
    data = directory / DATA
    if not data.exists():
        return False
    present = {str(Path(parent, name).relative_to(data)) for parent, _, names in os.walk(data) for name in names}
    if present != set(contents):
        return False
    for path, content in contents.items():
        file = data / path
        mode = content.mode | GROUP_READABLE if group is not None else content.mode
        if file.stat().st_mode & 0o7777 != mode or file.read_bytes() != content.data:
            return False
    return True


def write(directory: Path, contents: Mapping[str, Content], group: int | None = None) -> bool:
    """Make `directory` hold exactly `contents`; return whether anything changed. Blocks; call it in a thread."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(DIRECTORY_MODE)
    if _is_current(directory, contents, group):
        return False
    stamp = datetime.now(UTC).strftime("..%Y_%m_%d_%H_%M_%S.")
    fresh = Path(tempfile.mkdtemp(prefix=stamp, dir=directory))
    fresh.chmod(DIRECTORY_MODE)
    for path, content in contents.items():
        target = fresh / check_path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.data)
        _apply(target, content, group)
    old = directory / os.readlink(directory / DATA) if (directory / DATA).is_symlink() else None
    with contextlib.suppress(FileNotFoundError):
        (directory / NEXT_DATA).unlink()
    (directory / NEXT_DATA).symlink_to(fresh.name)
    (directory / NEXT_DATA).rename(directory / DATA)
    _link(directory, {Path(path).parts[0] for path in contents})
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
    return True


def _link(directory: Path, names: set[str]) -> None:
    """Give every first path component a link through ..data, and remove links to what is gone."""
    for entry in os.scandir(directory):
        if entry.is_symlink() and not entry.name.startswith("..") and entry.name not in names:
            os.unlink(entry.path)
    for name in names:
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"{DATA}/{name}")
