"""Log rotation: a container's log that has grown too large is set aside, the oldest of them removed.

The current log keeps its name; those set aside have a time stamp appended, and all but the newest are compressed.
"""

import asyncio
import gzip
import logging
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from kubewheel.kubelet.runtime import Containers, ContainerState, RuntimeFailure, RuntimeUnavailable
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.libs.clock import Clock

EVERY_SECONDS = 10.0
STAMP = "%Y%m%d-%H%M%S"

log = logging.getLogger(__name__)


def rotated(path: Path) -> list[Path]:
    """Return what was set aside of a log, oldest first."""
    return sorted(other for other in path.parent.glob(f"{path.name}.*") if not other.name.endswith(".tmp"))


def surplus(found: Iterable[Path], max_files: int) -> list[Path]:
    """Return the oldest of the logs that were set aside: so many that the current and a new one fit."""
    listed = list(found)
    keep = max(0, max_files - 2)
    return listed[: max(0, len(listed) - keep)]


def compress(path: Path) -> None:
    """Replace a log that was set aside by its compressed form."""
    temporary = path.with_name(path.name + ".tmp")
    with path.open("rb") as source, gzip.open(temporary, "wb") as target:
        shutil.copyfileobj(source, target)
    temporary.rename(path.with_name(path.name + ".gz"))
    path.unlink()


def set_aside(path: Path, now: float, max_files: int) -> Path:
    """Make room and rename the current log; return its new name."""
    for old in surplus(rotated(path), max_files):
        old.unlink(missing_ok=True)
    for old in rotated(path):
        if old.suffix != ".gz":
            compress(old)
    stamp = datetime.fromtimestamp(now, UTC).strftime(STAMP)
    target = path.with_name(f"{path.name}.{stamp}")
    path.rename(target)
    return target


class LogRotator:
    """Rotates the logs of running containers."""

    def __init__(self, runtime: Containers, clock: Clock, settings: KubeletSettings) -> None:
        self._runtime = runtime
        self._clock = clock
        self._settings = settings
        self._paths: dict[str, Path] = {}

    async def run(self) -> None:
        """Look after the logs; never returns."""
        while True:
            await self._clock.sleep(EVERY_SECONDS)
            try:
                await self.rotate()
            except (RuntimeUnavailable, RuntimeFailure, OSError) as error:
                log.warning("cannot rotate logs: %s", error)

    async def rotate(self) -> None:
        """Rotate every log that is too large."""
        running = [
            found.id for found in await self._runtime.list_containers() if found.state == ContainerState.RUNNING
        ]
        self._paths = {container_id: path for container_id, path in self._paths.items() if container_id in running}
        for container_id in running:
            if container_id not in self._paths:
                status = await self._runtime.container_status(container_id)
                self._paths[container_id] = Path(status.log_path)
            path = self._paths[container_id]
            if path.is_file() and path.stat().st_size > self._settings.container_log_max_bytes:
                await self._rotate_one(container_id, path)

    async def _rotate_one(self, container_id: str, path: Path) -> None:
        target = await asyncio.to_thread(
            set_aside, path, self._clock.now(), self._settings.container_log_max_files
        )
        try:
            await self._runtime.reopen_log(container_id)
        except RuntimeFailure:
            target.rename(path)  # The container still writes to this file.
            raise
