"""Upstream's own servers for the same work on the same machine, where their programs are on the PATH.

Either `etcd` with `kube-apiserver` (and `kube-scheduler`, for rows that schedule), or `k3s`. Without them a figure is
compared with the anchor: what upstream's servers did on the machine that PERFORMANCE.md was written on.
"""

import asyncio
import datetime
import json
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from kubewheel.bench.clusters import TOKEN, Bench, Connected, connect, free_port
from kubewheel.libs import tls

READY_SECONDS = 90.0
POLL_SECONDS = 0.02
SERVERS, K3S = ("etcd", "kube-apiserver"), "k3s"
LOOPBACK = "127.0.0.1"


def name(*, schedules: bool = False) -> str:
    """Return what upstream's work is measured with here; empty if nothing is on the PATH."""
    programs = (*SERVERS, "kube-scheduler") if schedules else SERVERS
    if all(map(shutil.which, programs)):
        return " + ".join(programs)
    return K3S if shutil.which(K3S) else ""


@dataclass
class Servers:
    """Upstream's servers in one folder: their processes, port and authority."""

    folder: Path
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def authority(self) -> Path:
        """The file of the certificate authority that clients trust."""
        k3s = self.folder / "k3s" / "server" / "tls" / "server-ca.crt"
        return k3s if k3s.exists() else self.folder / "ca.crt"

    def start(self, tokens: Path, *, schedules: bool) -> float:
        """Start them; return after how many seconds `/readyz` said yes."""
        started = time.perf_counter()
        if name(schedules=schedules) == K3S:
            self._spawn(K3S, "server", "--disable-agent", "--data-dir", str(self.folder / "k3s"),
                        "--https-listen-port", str(self.port), "--disable-cloud-controller", "--disable-network-policy",
                        "--write-kubeconfig", str(self.folder / "k3s.yaml"),
                        f"--kube-apiserver-arg=token-auth-file={tokens}")
        else:
            self._start_plain(tokens)
        self._wait_ready()
        took = time.perf_counter() - started
        if schedules and name(schedules=True) != K3S:
            self._spawn("kube-scheduler", f"--kubeconfig={self._kubeconfig()}", "--leader-elect=false",
                        "--kube-api-qps=5000", "--kube-api-burst=5000")
        return took

    def _start_plain(self, tokens: Path) -> None:
        now = datetime.datetime.now(datetime.UTC)
        authority = tls.make_authority("bench", now, 2)
        serving = tls.issue(authority, tls.Subject("kubernetes", names=("localhost", LOOPBACK)), now, 2)
        for file, content in (
            ("ca.crt", authority.certificate_pem()), ("server.crt", serving.certificate_pem()),
            ("server.key", serving.key_pem()), ("accounts.key", tls.key_pem(tls.make_key())),
        ):
            tls.write_private(self.folder / file, content)
        client, peer = free_port(), free_port()
        etcd, itself = f"http://{LOOPBACK}:{client}", f"http://{LOOPBACK}:{peer}"
        self._spawn("etcd", "--data-dir", str(self.folder / "etcd"), "--listen-client-urls", etcd,
                    "--advertise-client-urls", etcd, "--listen-peer-urls", itself,
                    "--initial-advertise-peer-urls", itself, "--initial-cluster", f"default={itself}")
        folder = self.folder
        self._spawn("kube-apiserver", f"--etcd-servers={etcd}", f"--secure-port={self.port}",
                    f"--bind-address={LOOPBACK}",
                    f"--tls-cert-file={folder}/server.crt", f"--tls-private-key-file={folder}/server.key",
                    f"--cert-dir={folder}/certs", f"--token-auth-file={tokens}", "--authorization-mode=RBAC",
                    "--service-cluster-ip-range=10.96.0.0/16", "--service-account-issuer=https://kubernetes.default.svc",
                    f"--service-account-key-file={folder}/accounts.key",
                    f"--service-account-signing-key-file={folder}/accounts.key",
                    "--disable-admission-plugins=ServiceAccount")

    def _spawn(self, *words: str) -> None:
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            self.processes.append(subprocess.Popen(words, stdout=log, stderr=log, cwd=self.folder))

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        context = ssl._create_unverified_context()  # noqa: S323 - it is only asked whether it is up
        request = urllib.request.Request(
            f"https://{LOOPBACK}:{self.port}/readyz", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        while True:
            with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(  # noqa: S310 - https
                request, context=context, timeout=5
            ) as answer:
                if answer.status == 200:
                    return
            ended = [each for each in self.processes if each.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"upstream's servers do not start; their logs: {self._tail()}")
            time.sleep(POLL_SECONDS)

    def _tail(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-1500:] for path in sorted(self.folder.glob("*.log")))

    def _kubeconfig(self) -> Path:
        path = self.folder / "kubeconfig"
        tls.write_private(path, json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "bench",
            "clusters": [{"name": "bench", "cluster": {
                "server": f"https://{LOOPBACK}:{self.port}", "certificate-authority": str(self.authority),
            }}],
            "users": [{"name": "bench", "user": {"token": TOKEN}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
        }).encode())
        return path

    def stop(self) -> None:
        """End them, the last one first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()


@asynccontextmanager
async def running(bench: Bench, *, schedules: bool = False) -> AsyncIterator[tuple[Connected, Servers]]:
    """Run upstream's servers for the block."""
    folder = bench.folder / "upstream"
    folder.mkdir(exist_ok=True)
    servers = Servers(folder)
    try:
        await asyncio.to_thread(servers.start, bench.tokens(), schedules=schedules)
        async with connect(servers.port, servers.authority) as connected:
            yield connected, servers
    finally:
        await asyncio.to_thread(servers.stop)
