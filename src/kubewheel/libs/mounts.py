"""Mounts of this machine by system call, and paths that cannot lead out of a directory."""

import contextlib
import ctypes
import errno
import os
import re
import stat
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 0x1, 0x2, 0x4, 0x8, 0x20
PAGE_BYTES = 4096
MS_BIND, MS_REC, MS_SHARED, MS_PRIVATE = 0x1000, 0x4000, 1 << 20, 1 << 18
MNT_DETACH, UMOUNT_NOFOLLOW = 2, 8
OPENAT2 = 437  # The same on every architecture.
RESOLVE_NO_MAGICLINKS, RESOLVE_BENEATH = 0x02, 0x08

_libc = ctypes.CDLL(None, use_errno=True)


class Escape(Exception):
    """A path leads out of the directory that it must stay in."""


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def mount(source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Call mount(2)."""
    result = _libc.mount(
        source.encode(), os.fsencode(target), kind.encode() or None, ctypes.c_ulong(flags), options.encode() or None
    )
    _check(result, f"mount {source} on {target}")


def mount_read_only(kind: str, source: str, options: Sequence[str], target: Path) -> None:
    """Mount a file system, or a directory (`kind` bind), so that nothing can be changed through it."""
    locked = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC
    if kind == "bind":
        mount(source, target, flags=MS_BIND)
        mount("none", target, flags=MS_REMOUNT | MS_BIND | locked)
        return
    data = ",".join(option for option in options if option not in ("ro", "rw"))
    with _short_lower(data) as short:
        mount(source, target, kind, locked, short)


@contextlib.contextmanager
def _short_lower(data: str) -> Iterator[str]:
    """Give mount options that fit into the page that the kernel takes, however many directories lie in each other."""
    lower = re.search(r"(?:^|,)lowerdir=([^,]+)", data)
    if lower is None or len(data) < PAGE_BYTES - 1:
        yield data
        return
    common = os.path.commonpath(lower[1].split(":"))
    descriptor = os.open(common, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield data.replace(f"{common}/", f"/proc/self/fd/{descriptor}/")
    finally:
        os.close(descriptor)


def unmount(target: Path) -> None:
    """Unmount `target`, at once for new users and when the last goes for old ones; not mounted is no error."""
    try:
        _check(_libc.umount2(os.fsencode(target), MNT_DETACH | UMOUNT_NOFOLLOW), f"unmount {target}")
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOENT):
            raise


def _unescape(text: str) -> str:
    """Return a path of mountinfo, where blanks and backslashes are octal."""
    return text.encode().decode("unicode_escape").encode("latin-1").decode()


def mount_points() -> list[tuple[Path, str]]:
    """Return every mount point with its filesystem type, in the order of mounting."""
    result = []
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        for line in lines:
            fields, _, rest = line.partition(" - ")
            result.append((Path(_unescape(fields.split(" ")[4])), rest.split(" ", 1)[0]))
    return result


def is_mount_point(path: Path) -> bool:
    """Return whether something is mounted exactly on `path`."""
    return any(point == path for point, _ in mount_points())


def below(directory: Path) -> list[Path]:
    """Return the mount points at or below `directory`, innermost and latest first."""
    found = [point for point, _ in mount_points() if point == directory or directory in point.parents]
    return found[::-1]


def share(directory: Path) -> None:
    """Make `directory` a mount of its own whose later mounts appear in containers, and theirs here."""
    if not is_mount_point(directory):
        mount(str(directory), directory, flags=MS_BIND | MS_REC)
    mount("none", directory, flags=MS_SHARED | MS_REC)


def _open_beneath(directory: int, path: str, flags: int) -> int:
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, 0, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS)
    try:
        return _check(_libc.syscall(OPENAT2, directory, path.encode(), how, len(how)), path)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.ELOOP):
            raise Escape(f"{path} leads out of its volume") from error
        raise


@contextlib.contextmanager
def beneath(root: Path, path: str) -> Iterator[int]:
    """Give a descriptor (O_PATH) of `path` below `root`, whatever symbolic links somebody swaps in meanwhile."""
    directory = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        descriptor = _open_beneath(directory, path or ".", os.O_PATH)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    finally:
        os.close(directory)


def make_beneath(root: Path, path: str, mode: int) -> None:
    """Make directory `path` below `root` with its missing parents; raise Escape if it leads out of `root`."""
    made = ""
    for part in Path(path).parts:
        if part == "..":
            raise Escape(f"{path} leads out of its volume")
        made = f"{made}/{part}" if made else part
        try:
            with beneath(root, made):
                continue
        except FileNotFoundError:
            pass
        with beneath(root, os.path.dirname(made)) as parent:
            os.mkdir(part, mode, dir_fd=parent)
            os.chmod(f"/proc/self/fd/{parent}/{part}", mode)


def bind_descriptor(descriptor: int, target: Path) -> None:
    """Mount what an O_PATH descriptor stands for on `target`, which is made as a file or a directory."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    mount(f"/proc/self/fd/{descriptor}", target, flags=MS_BIND)
