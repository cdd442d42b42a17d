"""Directories that are kept in memory (tmpfs), never on disk."""

from pathlib import Path

from kubewheel.libs import mounts


def mount(directory: Path, size_bytes: int = 0, mode: int = 0o755) -> None:
    """Make `directory` a memory file system, unless it is one. Blocks; call it in a thread."""
    directory.mkdir(parents=True, exist_ok=True)
    if mounts.is_mount_point(directory):
        return
    options = f"mode={mode:o}" + (f",size={size_bytes}" if size_bytes else "")
    mounts.mount("tmpfs", directory, "tmpfs", mounts.MS_NODEV, options)
