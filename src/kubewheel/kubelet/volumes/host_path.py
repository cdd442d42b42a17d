"""hostPath: a file or directory of the node, if it is of the kind that the pod expects."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from kubewheel.kubelet.volumes.kinds import Mounted, Order, VolumeError

CHECKS: dict[str, tuple[Callable[[Path], bool], str]] = {
    "Directory": (Path.is_dir, "is not a directory"),
    "DirectoryOrCreate": (Path.is_dir, "is not a directory"),
    "File": (Path.is_file, "is not a file"),
    "FileOrCreate": (Path.is_file, "is not a file"),
    "Socket": (Path.is_socket, "is not a socket file"),
    "CharDevice": (Path.is_char_device, "is not a character device"),
    "BlockDevice": (Path.is_block_device, "is not a block device"),
}


async def set_up(order: Order) -> Mounted:
    """Check the path, and make it where the type says so."""
    path = Path(order.source["path"])
    await asyncio.to_thread(check, path, order.source.get("type") or "")
    return Mounted(path)


def check(path: Path, kind: str) -> None:
    """Raise VolumeError unless `path` is of the `kind` that hostPath.type names."""
    if not kind:
        return
    if kind not in CHECKS:
        raise VolumeError(f"hostPath type check failed: {kind} is an invalid volume type")
    if kind == "DirectoryOrCreate" and not path.exists():
        path.mkdir(mode=0o755, parents=True)
    elif kind == "FileOrCreate" and not path.exists():
        try:
            path.touch(mode=0o644)
        except FileNotFoundError as error:
            raise VolumeError(f"open {path}: no such file or directory") from error
    holds, complaint = CHECKS[kind]
    if not holds(path):
        raise VolumeError(f"hostPath type check failed: {path} {complaint}")
