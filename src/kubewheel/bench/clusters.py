"""What rows measure: clusters of their own in folders of their own, and connections to them."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from kubewheel.bench.load import rate
from kubewheel.libs.http_client import HttpTransport, lines
from kubewheel.libs.wire import Request

TOKEN = "bench-token-0123456789"  # noqa: S105 - of clusters that live for seconds, on loopback
COMMAND = (sys.executable, "-c", "import sys; from kubewheel.launch.control import main; sys.exit(main())")
HIDDEN = ("KUBECONFIG", "PYTHONDONTWRITEBYTECODE")  # A user has neither: byte code is kept between starts.
MAPS = "/api/v1/namespaces/default/configmaps"
START_SECONDS = 180


def free_port() -> int:
    """Return a TCP port of loopback that is free at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster in `data_dir`, with a home of its own, so that the user's own files stay as they are."""

    data_dir: Path
    home: Path
    port: int
    flags: tuple[str, ...] = ()

    @property
    def env(self) -> dict[str, str]:
        """The environment of its commands."""
        kept = {name: value for name, value in os.environ.items() if name not in HIDDEN}
        return {**kept, "HOME": str(self.home)}

    def words(self, *words: str) -> list[str]:
        """Return the command line of a `kubewheel` command on this cluster."""
        return [*COMMAND, words[0], "--data-dir", str(self.data_dir), *words[1:]]

    def run(self, *words: str) -> str:
        """Run a `kubewheel` command; a failure shows what it printed."""
        done = subprocess.run(
            self.words(*words), env=self.env, capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
        if done.returncode:
            raise RuntimeError(f"kubewheel {' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def up(self) -> None:
        """Start or resume it."""
        self.run("up", *self.flags)

    def down(self, *, wipe: bool = False) -> None:
        """Stop it."""
        self.run("down", *(("--wipe",) if wipe else ()))

    def kubectl(self, *words: str) -> str:
        """Run kubectl on it."""
        return self.run("kubectl", *words)

    def process(self) -> int:
        """Return the id of the cluster's process."""
        return int((self.data_dir / "kubewheel.pid").read_text())


@dataclass
class Bench:
    """A folder for one row, its clusters, and what the command line asked for."""

    folder: Path
    nodes: tuple[int, ...] = ()  # Of rows that show growth; empty: the usual ones.
    made: list[Cluster] = field(default_factory=list)

    def tokens(self) -> Path:
        """Return a file with a static administrator's token."""
        path = self.folder / "tokens.csv"
        path.touch(mode=0o600)
        path.write_text(f'{TOKEN},bench,1,"system:masters"\n')
        return path

    def cluster(self, *flags: str) -> Cluster:
        """Return a cluster that is not started yet, apart from all others on this machine."""
        number = len(self.made)
        home = self.folder / f"home-{number}"
        home.mkdir()
        port, block = free_port(), os.getpid() % 30 + 61
        own = ("--port", str(port), "--kubelet-port", str(free_port()), "--token-auth-file", str(self.tokens()))
        ranges = (
            "--service-cluster-ip-range", f"10.60.{block}.0/24", "--cluster-cidr", f"10.{(block + number) % 256}.0.0/16"
        )
        made = Cluster(self.folder / f"data-{number}", home, port, (*own, *ranges, *flags))
        self.made.append(made)
        return made

    @asynccontextmanager
    async def running(self, *flags: str) -> "AsyncIterator[Connected]":
        """Run a cluster for the block."""
        cluster = self.cluster(*flags)
        try:
            await asyncio.to_thread(cluster.up)
            async with connect(cluster.port, cluster.data_dir / "pki" / "ca.crt") as connected:
                connected.process = cluster.process()
                yield connected
        finally:
            await asyncio.to_thread(lambda: cluster.down(wipe=True))


@dataclass
class Connected:
    """A pool of connections to an API server."""

    transport: HttpTransport
    process: int = 0

    async def get(self, path: str) -> bytes:
        """Return the body of a GET; fail on anything but 200."""
        return await self._send("GET", path, 200)

    async def create(self, path: str, body: dict[str, Any]) -> bytes:
        """POST an object; fail on anything but 201."""
        return await self._send("POST", path, 201, body)

    async def put(self, path: str, body: dict[str, Any]) -> bytes:
        """PUT an object; fail on anything but 200."""
        return await self._send("PUT", path, 200, body)

    async def _send(self, method: str, path: str, expected: int, body: dict[str, Any] | None = None) -> bytes:
        request = _request(method, path, body)
        # As a stream: what the answer says is not this client's business, and reading it would cost time.
        answer = await self.transport.send(request, stream=True)
        if answer.status != expected:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.object or answer.body!r:.300}")
        assert answer.chunks is not None, "asked for a stream"
        return b"".join([chunk async for chunk in answer.chunks])

    async def watch(self, path: str, opened: asyncio.Event | asyncio.Semaphore) -> AsyncIterator[bytes]:
        """Yield the lines of a watch, once `opened` was told that it runs."""
        answer = await self.transport.send(_request("GET", path), stream=True)
        if answer.status != 200 or answer.chunks is None:
            raise RuntimeError(f"GET {path}: {answer.status} {answer.object}")
        opened.set() if isinstance(opened, asyncio.Event) else opened.release()
        async for line in lines(answer.chunks):
            yield line


def _request(method: str, path: str, body: dict[str, Any] | None = None) -> Request:
    place, _, tail = path.partition("?")
    pairs = [each.partition("=")[::2] for each in tail.split("&") if each]
    content = orjson.dumps(body) if body is not None else None
    headers = {"content-type": "application/json"} if body is not None else {}
    return Request(method, place, {name: [value] for name, value in pairs}, headers, content)


@asynccontextmanager
async def connect(port: int, authority: Path) -> AsyncIterator[Connected]:
    """Open a pool of connections to the server on `port` with the static token."""
    context = ssl.create_default_context(cafile=str(authority))
    transport = HttpTransport(f"https://127.0.0.1:{port}", context, {"authorization": f"Bearer {TOKEN}"})
    try:
        yield Connected(transport)
    finally:
        await transport.close()


def config_map(name: str, size: int = 900) -> dict[str, Any]:
    """Return a ConfigMap with `size` bytes of data."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"text": "x" * size}}


async def load_config_maps(connected: Connected, count: int) -> tuple[float, list[float]]:
    """Create `count` ConfigMaps over 16 connections; return rate and latencies."""
    return await rate(count, 16, lambda number: connected.create(MAPS, config_map(f"map-{number:05}")))


def has_containers() -> bool:
    """Tell whether rows that need containers can run."""
    return os.geteuid() == 0 and shutil.which("containerd") is not None
