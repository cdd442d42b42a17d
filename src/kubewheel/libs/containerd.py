"""A containerd of our own: configured, started, watched, stopped; or found running from an earlier start.

It runs in a session of its own, and its containers under its shims, so that both outlive us. Everything lies below
`ContainerdSettings.directory`. Which configuration lines are needed, and why, says `_configuration`.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kubewheel.libs import mounts
from kubewheel.libs.clock import Clock

BINARIES = ("containerd", "containerd-shim-runc-v2", "ctr", "runc")
OLDEST = (1, 6)
START_SECONDS, STOP_SECONDS, POLL_SECONDS = 60.0, 15.0, 0.02
LOG_BYTES = 16 << 20
SOCKET_PATH_BYTES = 100  # The kernel takes 108, and containerd appends ".ttrpc".
CAP_SYS_RESOURCE = 24


class ContainerdError(Exception):
    """containerd is missing, too old, or does not come up; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class ContainerdSettings:
    """Where it keeps its things and what it is told."""

    directory: Path
    cni_config_dir: Path
    cni_plugin_dir: Path
    sandbox_image: str
    max_container_log_line_bytes: int = 16 * 1024

    @property
    def registry_dir(self) -> Path:
        """Return the directory of hosts.toml files, one folder a registry: mirrors and their certificates."""
        return self.directory / "certs.d"

    @property
    def socket(self) -> Path:
        """Return the socket's path, elsewhere if the data directory's is too long for one."""
        path = self.directory / "containerd.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
            return path
        return Path(tempfile.gettempdir(), f"kubewheel-{_hash(self.directory)}.sock")


def _hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def missing_binaries() -> list[str]:
    """Return the programs that are needed and not on the PATH."""
    return [name for name in BINARIES if _which(name) is None]


def _which(name: str) -> str | None:
    search = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
    return shutil.which(name, path=search)


def parse_version(text: str) -> tuple[int, int] | None:
    """Return major and minor version from what `containerd --version` prints."""
    found = re.search(r"\bv?(\d+)\.(\d+)\.\d+", text)
    return (int(found[1]), int(found[2])) if found else None


def _may_lower_oom_score() -> bool:
    """Return whether this process has CAP_SYS_RESOURCE, without which a negative oom_score_adj is refused."""
    with open("/proc/self/status", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) >> CAP_SYS_RESOURCE & 1)
    return False


def _configuration(settings: ContainerdSettings) -> str:
    # restrict_oom_score_adj: without CAP_SYS_RESOURCE every sandbox fails, for it asks for -998.
    # netns_mounts_under_state_dir: where `ip netns` works too, its first use covers our mounts, which then stay busy.
    # The stream server takes any free port, so that several containerds can share a network.
    restrict = "false" if _may_lower_oom_score() else "true"
    cri = 'plugins."io.containerd.grpc.v1.cri"'
    runc = f"{cri}.containerd.runtimes.runc"
    return f"""version = 2
root = "{settings.directory / 'root'}"
state = "{settings.directory / 'state'}"

[grpc]
  address = "{settings.socket}"

[{cri}]
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = {restrict}
  sandbox_image = "{settings.sandbox_image}"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  max_container_log_line_size = {settings.max_container_log_line_bytes}

[{cri}.cni]
  bin_dir = "{settings.cni_plugin_dir}"
  conf_dir = "{settings.cni_config_dir}"

[{cri}.registry]
  config_path = "{settings.registry_dir}"

[{cri}.containerd]
  default_runtime_name = "runc"

[{runc}]
  runtime_type = "io.containerd.runc.v2"

[{runc}.options]
  SystemdCgroup = false
"""


def _is_alive(pid: int, config: Path) -> bool:
    """Return whether `pid` is the containerd of `config`, not another process that got its number."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(config) in words


def _shims(socket: Path) -> list[int]:
    """Return the process ids of the shims that report to the containerd of `socket`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"containerd-shim-runc-v2") and os.fsencode(socket) in words:
            found.append(int(folder.name))
    return found


async def _run(command: Sequence[str], stdin: bytes = b"") -> tuple[int, str]:
    source = asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, stdin=source, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate(stdin or None)
    return process.returncode or 0, output.decode(errors="replace").strip()


class Containerd:
    """One containerd under our care."""

    def __init__(self, settings: ContainerdSettings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self._config = settings.directory / "config.toml"
        self._pid_file = settings.directory / "containerd.pid"
        self._log = settings.directory / "containerd.log"

    async def check(self) -> None:
        """Raise ContainerdError if the programs are missing or too old."""
        missing = missing_binaries()
        if missing:
            raise ContainerdError(f"not installed: {', '.join(missing)}; install the packages containerd and runc")
        code, text = await _run([_which("containerd") or "containerd", "--version"])
        version = parse_version(text)
        if code or version is None:
            raise ContainerdError(f"containerd --version failed: {text}")
        if version < OLDEST:
            raise ContainerdError(f"containerd is too old: {text}; at least {OLDEST[0]}.{OLDEST[1]} is needed")

    def pid(self) -> int | None:
        """Return the process id while it runs."""
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        return pid if _is_alive(pid, self._config) else None

    async def start(self) -> bool:
        """Make it run and answer; return False if it did already. A changed configuration restarts it."""
        await self.check()
        changed = self._write_configuration()
        if self.pid() is not None:
            if not changed and await self._answers(START_SECONDS / 4):
                return False
            await self.stop()
        await self._launch()
        if not await self._answers(START_SECONDS):
            raise ContainerdError(f"containerd does not answer on {self.settings.socket}: {self._last_words()}")
        return True

    async def supervise(self) -> None:
        """Start it again whenever it ends, until cancelled."""
        delay = 0.1
        while True:
            began = self._clock.monotonic()
            await self._wait_end()
            delay = 0.1 if self._clock.monotonic() - began > 60 else min(delay * 2, 10)
            await self._clock.sleep(delay)
            if self.pid() is None:
                await self._launch()
                await self._answers(START_SECONDS)

    async def stop(self) -> None:
        """End it, by force if it must be; containers go on under their shims."""
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            pid = self.pid()
            if pid is None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self._wait_end()
        self._pid_file.unlink(missing_ok=True)
        self.settings.socket.unlink(missing_ok=True)

    async def remove_remains(self) -> None:
        """Remove what a stopped runtime forgot: shims of sandboxes that it was making, and its mounts.

        A sandbox whose making was interrupted is in no list of containerd; its network namespace stays mounted below
        the state directory, and its interface lives as long as that mount.
        """
        for pid in _shims(self.settings.socket):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for point in mounts.below(self.settings.directory / "state"):
            await asyncio.to_thread(mounts.unmount, point)

    async def import_archive(self, archive: bytes) -> None:
        """Make the images of an OCI or docker archive known to the runtime."""
        command = [_which("ctr") or "ctr", "--address", str(self.settings.socket), "--namespace", "k8s.io"]
        code, text = await _run([*command, "images", "import", "-"], archive)
        if code:
            raise ContainerdError(f"cannot import images: {text}")

    def _write_configuration(self) -> bool:
        text = _configuration(self.settings)
        for directory in (self.settings.directory, self.settings.registry_dir, self.settings.cni_config_dir):
            directory.mkdir(parents=True, exist_ok=True)
        if self._config.exists() and self._config.read_text() == text:
            return False
        self._config.write_text(text)
        return True

    async def _launch(self) -> None:
        """Start it in a session of its own, as a child of nobody here: it must outlive us and leave no zombie."""
        with contextlib.suppress(FileNotFoundError):
            if self._log.stat().st_size > LOG_BYTES:
                self._log.replace(self._log.with_suffix(".log.1"))
        self.settings.socket.unlink(missing_ok=True)
        script = 'setsid "$0" --config "$1" >>"$2" 2>&1 </dev/null & echo $! >"$3"'
        program = _which("containerd") or "containerd"
        # No pipes: whatever containerd inherits of them would keep us waiting for their end.
        nothing = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", script, program, str(self._config), str(self._log), str(self._pid_file),
            stdin=nothing, stdout=nothing, stderr=nothing,
        )
        if await process.wait():
            raise ContainerdError(f"cannot start {program}: {self._last_words()}")

    async def _answers(self, seconds: float) -> bool:
        """Return whether the interface answers within `seconds`, and give up when the process is gone."""
        deadline = self._clock.monotonic() + seconds
        grace = self._clock.monotonic() + 1.0
        while self._clock.monotonic() < deadline:
            if self.settings.socket.exists() and await self._is_ready():
                return True
            if self.pid() is None and self._clock.monotonic() > grace:
                return False
            await self._clock.sleep(POLL_SECONDS)
        return False

    async def _is_ready(self) -> bool:
        from kubewheel.libs.cri import client

        runtime = client.Client(str(self.settings.socket))
        try:
            await runtime.call("Status", seconds=5.0)
        except client.Failure:
            return False
        finally:
            await runtime.close()
        return True

    async def _wait_end(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        try:
            loop.add_reader(descriptor, ended.set)
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text(errors="replace").splitlines()
        except OSError:
            return "it wrote no log"
        marks = ("level=fatal", "level=error", "containerd: ")
        faults = [line for line in lines if any(mark in line for mark in marks)]
        return " | ".join((faults or lines)[-3:])
