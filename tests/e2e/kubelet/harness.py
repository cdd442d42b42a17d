"""A node with real containers against the API server in memory: own data directory, bridge, addresses and groups."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Registry
from kubewheel.apiserver.server import ApiServer
from kubewheel.apiserver.settings import ApiServerSettings, ServiceAccountKeys
from kubewheel.client import Client
from kubewheel.kubelet import cleanup
from kubewheel.kubelet.agent import Agent
from kubewheel.kubelet.containerd_runtime import ContainerdRuntime
from kubewheel.kubelet.server.cri_streams import CriStreams
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.libs import cni, containerd, oci_archive, pause_image, tasks
from kubewheel.libs.clock import RealClock
from kubewheel.libs.cri import client as cri
from kubewheel.libs.wire import Identity, Object
from kubewheel.storage.memory import MemoryStore

NODE, NAMESPACE = "node-a", "default"
# Of this run alone: another one may be under way on the machine.
POD_CIDR = f"10.231.{os.getpid() % 250}.0/24"
BRIDGE = f"kwt{os.getpid()}"
CGROUP_ROOT = f"/kubewheel-{BRIDGE}"
FOLDERS = f"/var/tmp/{BRIDGE}-"
PAUSE, BUSYBOX = "kubewheel.local/pause:1", "kubewheel.local/busybox:1.36"
ADMIN = Identity("admin", ("system:masters", "system:authenticated"))
KUBELET = Identity(f"system:node:{NODE}", ("system:nodes", "system:authenticated"))
APPLETS = (
    "sh", "cat", "echo", "ls", "sleep", "env", "printenv", "id", "ps", "kill", "nc", "wget", "httpd", "nslookup",
    "hostname", "true", "false", "test", "touch", "mkdir", "rm", "stat", "grep", "tail", "head", "yes", "dd", "sync",
    "readlink", "date", "wc", "sort", "tr", "mount", "umount", "ip", "ping", "ln", "mv", "cp", "awk", "sed", "seq",
)


def busybox(name: str = BUSYBOX, user: str = "") -> oci_archive.Image:
    """Return an image with busybox and its applets."""
    program = Path("/bin/busybox").read_bytes()
    return oci_archive.Image(
        name=name, user=user, command=["sh"], environment={"PATH": "/bin"},
        files=[
            oci_archive.File("bin", None, 0o755), oci_archive.File("bin/busybox", program, 0o755),
            *(oci_archive.File(f"bin/{applet}", link="busybox") for applet in APPLETS),
            oci_archive.File("etc", None, 0o755),
            oci_archive.File("etc/passwd", b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"),
            oci_archive.File("etc/group", b"root:x:0:\nnobody:x:65534:\n"), oci_archive.File("tmp", None, 0o1777),
        ],
    )


def signing_key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@dataclass
class Machine:
    """A containerd of the tests' own."""

    data_dir: Path
    containerd: containerd.Containerd

    @property
    def socket(self) -> str:
        return str(self.containerd.settings.socket)

    def runtime(self) -> ContainerdRuntime:
        client = cri.Client(self.socket)
        return ContainerdRuntime(client, CriStreams(client))

    def settings(self, **changes: Any) -> KubeletSettings:
        values: dict[str, Any] = {
            "node_name": NODE, "data_dir": self.data_dir, "node_ip": "127.0.0.1", "cgroup_root": CGROUP_ROOT,
            "network_config_dir": self.data_dir / "cni" / "net.d", "network_bridge": BRIDGE,
            "cluster_dns": ("10.96.0.10",), "capacity": {"cpu": "4"},
        }
        return KubeletSettings(**{**values, **changes})


def new_folder() -> Path:
    """Make a folder for one machine; not below pytest's own, for the path of containerd's socket must stay short."""
    return Path(tempfile.mkdtemp(prefix=FOLDERS, dir="/"))


@contextlib.asynccontextmanager
async def machine(data_dir: Path) -> AsyncIterator[Machine]:
    """Give a running containerd; leave nothing of it and its pods behind."""
    config_dir = data_dir / "cni" / "net.d"
    settings = containerd.ContainerdSettings(data_dir / "containerd", config_dir, cni.plugin_directory(), PAUSE)
    found = Machine(data_dir, containerd.Containerd(settings, RealClock()))
    await found.containerd.start()
    try:
        await found.containerd.import_archive(pause_image.archive(PAUSE))
        await found.containerd.import_archive(oci_archive.build([busybox()]))
        yield found
    finally:
        runtime = found.runtime()
        try:
            await found.containerd.start()
            await cleanup.remove_pods(runtime, grace_seconds=0)
        finally:
            await runtime.close()
            await found.containerd.stop()
            await found.containerd.remove_remains()
            await cleanup.remove_places(found.settings())
            shutil.rmtree(data_dir, ignore_errors=True)


@dataclass
class Cluster:
    """An API server with one node's agent."""

    machine: Machine
    server: ApiServer
    admin: Client
    group: asyncio.TaskGroup
    agent: Agent | None = None
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    runtime: ContainerdRuntime | None = None

    async def start_agent(self, **changes: Any) -> None:
        registry = self.admin.registry
        client = Client(self.server.transport(KUBELET), registry, "kubelet")
        self.runtime = self.machine.runtime()
        self.agent = Agent(client, self.machine.settings(**changes), self.runtime, RealClock())
        self.tasks.append(tasks.create_task(self.group, self.agent.run(), name="agent"))
        await self.until(self._registered, "node registered")
        await self.admin.patch("Node", NODE, {"spec": {"podCIDR": POD_CIDR, "podCIDRs": [POD_CIDR]}})
        await self.until(self._ready, "node ready")

    async def stop_agent(self) -> None:
        """Stop the agent as a crash would: nothing is told to anybody."""
        task = self.tasks.pop()
        task.cancel()
        await asyncio.wait({task})
        assert self.runtime is not None
        await self.runtime.close()

    async def _registered(self) -> bool:
        return (await self.admin.list("Node")).items != []

    async def _ready(self) -> bool:
        node = await self.admin.get("Node", NODE)
        conditions = (node.get("status") or {}).get("conditions") or ()
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    async def until(self, holds: Callable[[], Any], what: str, seconds: float = 20.0) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not await holds():
            if loop.time() > deadline:
                raise AssertionError(f"not within {seconds} s: {what}")
            await asyncio.sleep(0.01)

    async def run(self, pod: Object) -> Object:
        """Create a pod that is bound to the node."""
        spec = {"nodeName": NODE, "terminationGracePeriodSeconds": 1, **pod["spec"]}
        return await self.admin.create({"apiVersion": "v1", "kind": "Pod", **pod, "spec": spec}, namespace=NAMESPACE)

    async def get(self, name: str) -> Object:
        return await self.admin.get("Pod", name, NAMESPACE)

    async def wait(self, name: str, holds: Callable[[Object], Any], seconds: float = 20.0) -> Object:
        """Return the pod once something holds of it."""
        found: list[Object] = []

        async def check() -> bool:
            found[:] = [await self.get(name)]
            try:
                return bool(holds(found[0]))
            except (AssertionError, KeyError):
                return False  # What is asked about is not there yet.

        try:
            await self.until(check, f"condition of pod {name}", seconds)
        except AssertionError as error:
            events = await self.events(name)
            raise AssertionError(f"{error}; status {found[0].get('status')}; events {events}") from None
        return found[0]

    async def running(self, name: str) -> Object:
        return await self.wait(name, is_ready)

    async def gone(self, name: str, seconds: float = 20.0) -> None:
        async def check() -> bool:
            try:
                await self.get(name)
            except StatusError as error:
                return error.code == 404
            return False

        await self.until(check, f"pod {name} gone", seconds)

    async def delete(self, name: str, grace: int | None = None) -> None:
        await self.admin.delete("Pod", name, NAMESPACE, grace_seconds=grace)

    async def events(self, name: str) -> list[str]:
        listed = await self.admin.list("Event", NAMESPACE)
        return [
            f"{event['reason']}: {event['message']}" for event in listed.items
            if event["involvedObject"]["name"] == name
        ]

    async def exec(self, name: str, *command: str, container: str = "main") -> str:
        """Return what a command prints in a container."""
        pod = await self.get(name)
        container_id = container_status(pod, container)["containerID"].partition("://")[2]
        assert self.runtime is not None
        code, stdout, stderr = await self.runtime.exec_sync(container_id, command, 10)
        assert code == 0, (code, stdout, stderr)
        return stdout.decode()

    def log(self, pod: Object, container: str = "main", restarts: int = 0) -> str:
        """Return what a container printed."""
        metadata = pod["metadata"]
        directory = f"{metadata['namespace']}_{metadata['name']}_{metadata['uid']}"
        path = self.machine.data_dir / "logs" / "pods" / directory / container / f"{restarts}.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return "".join(line.split(" ", 3)[3] + "\n" for line in lines)


def container_status(pod: Object, name: str = "main") -> dict[str, Any]:
    status = pod["status"]
    for kind in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"):
        for found in status.get(kind) or ():
            if found["name"] == name:
                return dict(found)
    raise AssertionError(f"no status of container {name}")


def condition(pod: Object, kind: str) -> str:
    found = {each["type"]: each["status"] for each in (pod.get("status") or {}).get("conditions") or ()}
    return str(found.get(kind, ""))


def is_ready(pod: Object) -> bool:
    return condition(pod, "Ready") == "True"


def phase(pod: Object) -> str:
    return str((pod.get("status") or {}).get("phase", ""))


def waiting(pod: Object, name: str = "main") -> str:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    found = [each for each in statuses if each["name"] == name]
    return str((found[0]["state"].get("waiting") or {}).get("reason", "")) if found else ""


def pod(name: str, *command: str, **spec: Any) -> dict[str, Any]:
    """Return a pod with one container that runs `command` in busybox."""
    container = {"name": "main", "image": BUSYBOX, "command": list(command) or ["sleep", "1000"]}
    container.update(spec.pop("container", {}))
    return {"metadata": {"name": name}, "spec": {"containers": [container], **spec}}


def sh(script: str) -> Sequence[str]:
    return ("sh", "-c", script)


@contextlib.asynccontextmanager
async def cluster(machine: Machine) -> AsyncIterator[Cluster]:
    """Give an API server in memory; agents started in it end with it, their pods are removed."""
    registry = Registry.builtin()
    settings = ApiServerSettings(service_account_keys=ServiceAccountKeys(signing=signing_key()))
    server = ApiServer(MemoryStore(), registry, settings, RealClock())
    await server.bootstrap()
    admin = Client(server.transport(ADMIN), registry)
    async with asyncio.TaskGroup() as group:
        background = tasks.create_task(group, server.run(), name="api server")
        found = Cluster(machine, server, admin, group)
        try:
            for name in ("default", "kube-system"):
                with contextlib.suppress(StatusError):
                    await admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
            await admin.create(account, namespace=NAMESPACE)
            roots = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kube-root-ca.crt"}}
            await admin.create({**roots, "data": {"ca.crt": "a certificate"}}, namespace=NAMESPACE)
            yield found
        finally:
            for task in [background, *found.tasks]:
                task.cancel()
    if found.runtime is not None:
        with contextlib.suppress(Exception):
            await found.runtime.close()
    runtime = machine.runtime()
    try:
        await cleanup.remove_pods(runtime, grace_seconds=0)
        await cleanup.remove_places(machine.settings())
    finally:
        await runtime.close()


@contextlib.asynccontextmanager
async def new_cluster() -> AsyncIterator[Cluster]:
    """Give a cluster on a machine of its own, without an agent yet; skips where nobody may run containers."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    async with machine(new_folder()) as own, cluster(own) as found:
        yield found
