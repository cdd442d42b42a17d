"""subPath: a part of a volume in a container, bound so that nobody can swap it for something outside.

What is found below the volume is opened without leaving it and that very file or directory is mounted at a place of
the agent's own; a symbolic link that the pod swaps in afterwards changes nothing.
"""

from pathlib import Path

from kubewheel.kubelet.volumes.kinds import VolumeError
from kubewheel.libs import mounts

MADE_MODE = 0o750


def bind(volume: Path, path: str, target: Path, *, make: bool) -> Path:
    """Bind `path` of `volume` to `target` and return it; `make` makes a missing directory. Blocks.

    Raise VolumeError if the path is missing or leads out of the volume.
    """
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise VolumeError(f"subPath {path!r} must be relative, without '..'")
    try:
        if mounts.is_mount_point(target):
            mounts.unmount(target)
        if make:
            mounts.make_beneath(volume, path, MADE_MODE)
        with mounts.beneath(volume, path) as descriptor:
            mounts.bind_descriptor(descriptor, target)
    except mounts.Escape as error:
        raise VolumeError(f"subPath {path!r} leads out of the volume") from error
    except OSError as error:
        raise VolumeError(f"failed to prepare subPath {path!r}: {error.strerror or error}") from error
    return target
