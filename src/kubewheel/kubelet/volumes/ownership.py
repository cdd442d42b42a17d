"""fsGroup: which group a volume's files belong to."""

import os
import stat
from pathlib import Path

DIRECTORY_BITS, FILE_BITS = 0o2770, 0o660


def _give_one(path: str, group: int) -> None:
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        os.chown(path, -1, group, follow_symlinks=False)
        return
    wanted = found.st_mode | (DIRECTORY_BITS if stat.S_ISDIR(found.st_mode) else FILE_BITS)
    if found.st_gid != group:
        os.chown(path, -1, group)
    if stat.S_IMODE(wanted) != stat.S_IMODE(found.st_mode):
        os.chmod(path, stat.S_IMODE(wanted))


def _is_given(path: Path, group: int) -> bool:
    found = path.stat()
    return found.st_gid == group and found.st_mode & DIRECTORY_BITS == DIRECTORY_BITS


def give(directory: Path, group: int | None, *, only_on_mismatch: bool = False) -> None:
    """Let `group` read and write everything in `directory`, and inherit it; None changes nothing."""
    if group is None or (only_on_mismatch and _is_given(directory, group)):
        return
    for parent, directories, names in os.walk(directory):
        for name in [*directories, *names]:
            _give_one(os.path.join(parent, name), group)
    _give_one(str(directory), group)
