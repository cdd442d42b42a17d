"""A real etcd of the tests' own, on free loopback ports."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubewheel.libs.etcd.client import Client

ANSWER_SECONDS = 20.0
POLL_SECONDS = 0.02


def is_installed() -> bool:
    """Return whether etcd can be run here."""
    return shutil.which("etcd") is not None


def free_ports(count: int) -> list[int]:
    """Return ports that were all free at one moment."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in opened:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in opened]


@dataclass
class Etcd:
    """One member, which can be killed and started again on its data."""

    folder: Path
    client_port: int
    peer_port: int
    flags: Sequence[str] = ()
    scheme: str = "http"
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.client_port}"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        peer = f"http://127.0.0.1:{self.peer_port}"
        with (self.folder / "etcd.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["etcd", "--name", "one", "--data-dir", str(self.folder / "data"), "--logger", "zap",
                 "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
                 "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                 "--initial-cluster", f"one={peer}", "--initial-cluster-state", "new", *self.flags],
                stdout=log, stderr=log, env={**os.environ, "ETCD_UNSUPPORTED_ARCH": "arm64"},
            )
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self.answers():
            assert self.process.poll() is None, (self.folder / "etcd.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "etcd does not answer"
            time.sleep(POLL_SECONDS)

    def answers(self) -> bool:
        """Return whether it has a leader; over TLS, whether it listens."""
        if self.scheme == "https":
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.client_port)) == 0
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return b'"true"' in answer.read()
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class RebasedClient(Client):
    """Counts revisions as a new etcd would, whatever others wrote before, so that tests can name them."""

    base: int | None = None

    async def call(self, method: str, *, seconds: float = 10.0, **fields: Any) -> Any:
        if self.base is None:
            self.base = (await super().call("Range", key=b"none")).header.revision - 1
        for compare in fields.get("compare", ()):
            compare["mod_revision"] += self.base if compare["mod_revision"] else 0
        if fields.get("revision"):
            fields["revision"] += self.base
        reply = await super().call(method, seconds=seconds, **fields)
        ranges = [reply] if method == "Range" else [
            each.response_range for each in getattr(reply, "responses", ()) if each.HasField("response_range")]
        for found in ranges:
            for kv in found.kvs:
                kv.mod_revision -= self.base
        reply.header.revision -= self.base
        return reply

    async def watch(self, prefix: bytes, *, revision: int) -> AsyncIterator[Any]:
        assert self.base is not None, "a store reads before it watches"
        async for reply in super().watch(prefix, revision=revision + self.base):
            reply.header.revision -= self.base
            for event in reply.events:
                event.kv.mod_revision -= self.base
            yield reply


@contextlib.contextmanager
def run(folder: Path, flags: Sequence[str] = (), scheme: str = "http") -> Iterator[Etcd]:
    """Give a running member that keeps its data in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    member = Etcd(folder, *free_ports(2), flags=flags, scheme=scheme)
    try:
        member.start()
        yield member
    finally:
        member.kill()
