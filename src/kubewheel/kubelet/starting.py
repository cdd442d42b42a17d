"""Starting: a pod's sandbox, and its containers one by one; each failure becomes an event and a waiting reason."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from kubewheel.kubelet import (
    container_config,
    container_files,
    environment,
    hooks,
    image_names,
    network_files,
    pods,
    resources,
    sandbox_config,
)
from kubewheel.kubelet.environment import ConfigError, Surroundings
from kubewheel.kubelet.equipment import NORMAL, WARNING, Equipment
from kubewheel.kubelet.image_volumes import MountFailed
from kubewheel.kubelet.images import NotReady, Order
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.plan import Start, Waiting
from kubewheel.kubelet.runtime import Image, RuntimeFailure, Sandbox, SandboxConfig
from kubewheel.kubelet.targets import Target
from kubewheel.kubelet.volumes.kinds import Mounted
from kubewheel.libs import cgroups
from kubewheel.libs.wire import Object

CONFIG_ERROR, CREATE_ERROR, RUN_ERROR = "CreateContainerConfigError", "CreateContainerError", "RunContainerError"
HOOK_ERROR = "PostStartHookError"
RETRY_SECONDS = 10.0


class SandboxFailed(Exception):
    """The sandbox could not be made; the text was told in an event."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a container's start: an id when it was made, and why it does not run."""

    container_id: str = ""
    waiting: Waiting | None = None
    again_at: float | None = None
    in_progress: bool = False
    hook_failed: bool = False
    is_fault: bool = False  # the container could not be made; what its pod refers to may have to change first


class Starter:
    """Starts what pods need."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment

    def _config(self, pod: Object, attempt: int) -> SandboxConfig:
        return sandbox_config.build(pod, attempt, self._equipment.settings, self._equipment.facts.dns)

    async def make_sandbox(self, pod: Object, attempt: int) -> str:
        """Make the pod's sandbox, with its control group; return its id; raise SandboxFailed."""
        kit = self._equipment
        if network_files.falls_back(pod, kit.cluster_dns):
            kit.tell(pod, WARNING, "MissingClusterDNS", (
                f'pod: "{pods.full_name(pod)}". kubelet does not have ClusterDNS IP configured and cannot create Pod '
                'using "ClusterFirst" policy. Falling back to "Default" policy.'
            ))
        try:
            config = self._config(pod, attempt)
            if kit.runtime.real:
                await asyncio.to_thread(self._prepare, pod, config)
            async with kit.sandbox_slots:
                return await kit.runtime.run_sandbox(config)
        except (RuntimeFailure, network_files.TooLong, OSError) as error:
            text = f"Failed to create pod sandbox: rpc error: code = Unknown desc = {error}"
            if isinstance(error, network_files.TooLong):
                text = f"Failed to create pod sandbox: {error}"
            kit.tell(pod, WARNING, "FailedCreatePodSandBox", text)
            raise SandboxFailed(text) from error

    def _prepare(self, pod: Object, config: SandboxConfig) -> None:
        (directory := self._equipment.volumes.pod_dir(pods.uid(pod))).mkdir(parents=True, exist_ok=True)
        directory.chmod(0o750)
        container_files.log_directory(self._equipment.settings.logs_dir, pod).mkdir(parents=True, exist_ok=True)
        if config.cgroup_parent:
            cgroups.make(config.cgroup_parent, resources.of_pod(pod))

    async def start(
        self, pod: Object, start: Start, observed: Observed, mounted: Mapping[str, Mounted]
    ) -> Attempt:
        """Start one container of the pod; return when it runs, its hook is done, or why it does not run."""
        kit = self._equipment
        secrets = [
            kit.references.secret(pods.namespace(pod), each["name"])
            for each in pods.spec(pod).get("imagePullSecrets") or ()
        ]
        known = tuple(secret for secret in secrets if secret is not None)
        try:
            image = await kit.image_volumes.prepare(pod, start, known) or await kit.images.ensure(
                Order(pod, start, known)
            )
        except MountFailed as error:
            return self._fault(pod, start.spec["name"], CREATE_ERROR, str(error))
        if isinstance(image, NotReady):
            return Attempt(waiting=image.waiting, again_at=image.again_at, in_progress=image.in_progress)
        return await self._create(pod, start, observed, image, mounted)

    async def _create(  # the steps of one start, in their order
        self, pod: Object, start: Start, observed: Observed, image: Image, mounted: Mapping[str, Mounted]
    ) -> Attempt:
        kit, name, sandbox = self._equipment, start.spec["name"], observed.sandbox
        assert sandbox is not None
        try:
            materials = await self._materials(pod, start, observed, image, mounted)
            config = await asyncio.to_thread(container_config.build, pod, start, materials)
        except (ConfigError, OSError) as error:
            return self._fault(pod, name, CONFIG_ERROR, str(error))
        try:
            if start.replaces is not None and start.replaces.container.attempt == start.restart_count:
                await kit.runtime.remove_container(start.replaces.container.id)
            container_id = await kit.runtime.create_container(
                sandbox.id, config, self._config(pod, sandbox.attempt)
            )
        except (RuntimeFailure, network_files.TooLong) as error:
            return self._fault(pod, name, CREATE_ERROR, str(error))
        kit.tell(pod, NORMAL, "Created", "Container created", name)
        try:
            await kit.runtime.start_container(container_id)
        except RuntimeFailure as error:
            fault = self._fault(pod, name, RUN_ERROR, str(error))
            return Attempt(container_id, fault.waiting)
        kit.tell(pod, NORMAL, "Started", "Container started", name)
        return await self._post_start(Target(pod, start.spec, container_id, _address(kit, pod, sandbox)))

    def _fault(self, pod: Object, name: str, reason: str, text: str) -> Attempt:
        self._equipment.tell(pod, WARNING, "Failed", f"Error: {text}", name)
        again_at = self._equipment.clock.now() + RETRY_SECONDS
        return Attempt(waiting=Waiting(reason, text), again_at=again_at, is_fault=True)

    async def _post_start(self, target: Target) -> Attempt:
        handler = (target.container.get("lifecycle") or {}).get("postStart")
        if not handler or not self._equipment.runtime.real:
            return Attempt(target.container_id)
        try:
            await hooks.run(target, handler, self._equipment.runtime, self._equipment.clock)
        except hooks.HookFailed as error:
            text = f"PostStartHook failed: {error}"
            self._equipment.tell(target.pod, WARNING, "FailedPostStartHook", text, target.container["name"])
            return Attempt(target.container_id, Waiting(HOOK_ERROR, str(error)), hook_failed=True)
        return Attempt(target.container_id)

    async def _materials(
        self, pod: Object, start: Start, observed: Observed, image: Image, mounted: Mapping[str, Mounted]
    ) -> container_config.Materials:
        """Return what the container is made of; raise ConfigError, OSError."""
        kit, container = self._equipment, start.spec
        own = observed.sandbox.ips if observed.sandbox is not None else ()
        ips = kit.facts.ips if pods.uses_host_network(pod) else own
        around = Surroundings(kit.references, kit.services(), kit.pod_facts(ips))
        pod_dir = kit.volumes.pod_dir(pods.uid(pod))
        hosts_file = termination_file = ""
        if kit.runtime.real:
            hosts_file, termination_file = await asyncio.to_thread(self._files, pod, start, ips)
        return container_config.Materials(
            image=image, image_name=image.id or str(image_names.parse(container["image"])),
            environment=environment.build(pod, container, around), mounted=mounted, pod_dir=pod_dir,
            profiles_dir=sandbox_config.profiles_dir(kit.settings), memory_bytes=kit.facts.memory_bytes,
            hosts_file=hosts_file, termination_file=termination_file,
            target_container_id=_target_of(container, observed),
        )

    def _files(self, pod: Object, start: Start, ips: tuple[str, ...]) -> tuple[str, str]:
        kit, name = self._equipment, start.spec["name"]
        pod_dir = kit.volumes.pod_dir(pods.uid(pod))
        if pods.uses_host_network(pod):
            text = network_files.host_network_hosts_file(pod, kit.facts.hosts_text)
        else:
            text = network_files.hosts_file(pod, ips, kit.settings.cluster_domain)
        hosts = container_files.write_hosts(pod_dir, text)
        logs = container_files.log_directory(kit.settings.logs_dir, pod) / name
        logs.mkdir(parents=True, exist_ok=True)
        return str(hosts), str(container_files.make_termination_file(pod_dir, name, start.restart_count))


def _address(kit: Equipment, pod: Object, sandbox: Sandbox) -> str:
    ips = kit.facts.ips if pods.uses_host_network(pod) else sandbox.ips
    return ips[0] if ips else ""


def _target_of(container: pods.ContainerSpec, observed: Observed) -> str:
    """Return the id of the container whose processes an ephemeral container wants to see."""
    name = container.get("targetContainerName")
    found = observed.latest(name) if name else None
    return found.container.id if found is not None else ""
