"""Does what the commands say: starts and stops the cluster's process, reads what it says of itself."""

import datetime
import fcntl
import ipaddress
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from kubewheel import cli
from kubewheel.cli.control import ControlError, Report
from kubewheel.launch import kubeconfig, machine, pki, settings
from kubewheel.launch.layout import Layout
from kubewheel.launch.settings import ClusterSettings

START_SECONDS = 120.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.05
FAREWELL_LINES = 15


def main() -> int:
    """Be the `kubewheel` command."""
    return cli.main(Control, components)


def components() -> cli.Components:
    """Return what runs components alone; loaded only when one is to run."""
    from kubewheel.launch.alone import Alone

    return Alone()


class Control:
    """The cluster whose data directory is `data_dir`."""

    def __init__(self, data_dir: Path) -> None:
        self._layout = Layout(data_dir)

    @property
    def kubeconfig(self) -> Path:
        return self._layout.kubeconfig

    def start(self, options: Mapping[str, Any], report: Report, *, is_foreground: bool) -> Mapping[str, Any]:
        """Start the process unless it runs, wait until it is ready, return its status."""
        if running_process(self._layout):
            report("The cluster runs already.")
            return _summary(self.status(60.0))
        try:
            stored = settings.load(self._layout.settings)
            chosen = settings.decide(stored, _with_fallback(options, stored, report))
            _check_store(chosen)
            refuse_taken_ranges(chosen, machine.routes(), own_interface=f"kw-{self._layout.identifier}")
            chosen = take_ports(chosen, is_kubelet_port_given="kubelet_port" in options)
        except settings.Unfit as error:
            raise ControlError(str(error)) from error
        self._layout.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.save(self._layout.settings, chosen)
        if is_foreground:
            command = _serve_command(self._layout)
            os.execv(command[0], command)  # noqa: S606 - no shell is wanted
        _spawn(self._layout, report)
        return _summary(self.status(10.0))

    def stop(self, report: Report, *, is_wiped: bool) -> None:
        """End the process, then everything that it left for its next start: containers, networks, mounts."""
        if not self._layout.settings.exists():
            if self._layout.root.exists() and is_wiped:
                raise ControlError(f"{self._layout.root} holds no cluster; nothing was removed")
            report("There is no cluster to stop.")
            return
        process = running_process(self._layout)
        if process:
            report("Stopping the cluster ...")
            _end(process)
        done = subprocess.run(
            [sys.executable, "-m", "kubewheel.launch.cleanup", str(self._layout.root)], check=False
        )
        if done.returncode:
            raise ControlError("not everything could be removed, see above; run the command again")
        if is_wiped:
            shutil.rmtree(self._layout.root)
        report("Stopped; its state is forgotten." if is_wiped else "Stopped. `kubewheel up` resumes it.")

    def status(self, wait_seconds: float) -> Mapping[str, Any]:
        """Return the status that the process writes, completed by whether that process still runs."""
        deadline = time.monotonic() + wait_seconds
        while True:
            state = self._status()
            if state["ready"] or time.monotonic() >= deadline:
                return state
            time.sleep(POLL_SECONDS)

    def certificates(self, *, is_renewed: bool) -> Sequence[Mapping[str, Any]]:
        """Return the certificates; a renewal keeps the authority and the service-account key."""
        if not self._layout.pki.exists():
            raise ControlError(f"{self._layout.pki} does not exist; `kubewheel up` makes the certificates")
        now = datetime.datetime.now(datetime.UTC)
        if is_renewed:
            chosen = settings.load(self._layout.settings) or ClusterSettings()
            self._forget_certificates()
            ensure_certificates(self._layout, chosen, machine.observe(), now)
        return pki.describe(self._layout.pki, now)

    def save_snapshot(self, path: Path) -> Mapping[str, Any]:
        """Write the state to `path`: asked of the process if it runs, else read from the store."""
        from kubewheel.launch import snapshots  # With the API server's parts, which `up` need not load twice.

        return snapshots.save(self._layout, path, is_running=bool(running_process(self._layout)))

    def load_snapshot(self, path: Path, options: Mapping[str, Any], *, is_replaced: bool) -> Mapping[str, Any]:
        """Put the state in `path` into the store of a cluster that does not run."""
        if running_process(self._layout):
            raise ControlError("the cluster runs; stop it first with `kubewheel down`")
        from kubewheel.launch import snapshots

        return snapshots.load(self._layout, path, options, is_replaced=is_replaced)

    def findings(self) -> Sequence[str]:
        """Return what keeps a cluster from working on this machine."""
        found = [f"containers cannot run here: {reason}" for reason in machine.missing_for_containers()]
        found += [
            f"{path} can be read by others; run: chmod 600 {path}" for path in pki.loose_files(self._layout.root)
        ]
        state = self._status()
        if not state["running"]:
            found.append(f"the cluster does not run; start it with `kubewheel up`, its log is {self._layout.log}")
        elif not state["ready"]:
            parts = [f"{name}: {text}" for name, text in state["components"].items() if text != "running"]
            found.append(f"the cluster runs but is not ready ({'; '.join(parts)}); its log is {self._layout.log}")
        return found

    def _forget_certificates(self) -> None:
        kept = {*pki.AUTHORITIES, pki.SERVICE_ACCOUNTS}
        for path in self._layout.pki.glob("*.crt"):
            if path.stem not in kept:
                path.unlink()

    def _status(self) -> dict[str, Any]:
        if not running_process(self._layout):
            return {"running": False, "ready": False, "dataDir": str(self._layout.root)}
        try:
            state: dict[str, Any] = json.loads(self._layout.status.read_text())
        except (FileNotFoundError, ValueError):
            chosen = settings.load(self._layout.settings) or ClusterSettings()
            state = {"ready": False, "components": {}, "nodes": [], "server": "starting", "version": "",
                     "highAvailability": False, "datastore": chosen.datastore, "addons": []}
        return {"running": True, "dataDir": str(self._layout.root), **state}


def running_process(layout: Layout) -> int:
    """Return the id of the process that holds the cluster's lock, or 0."""
    try:
        with layout.lock.open("r+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(stream.read().strip() or "0")
            return 0
    except FileNotFoundError:
        return 0


def _check_store(chosen: ClusterSettings) -> None:
    """Raise Unfit for a store that the process could not set up; who has a plain file does not pay for the look."""
    if chosen.encryption_provider_config or chosen.etcd_servers or chosen.etcd_servers_overrides:
        from kubewheel.launch import datastore

        datastore.check(chosen)


def refuse_taken_ranges(
    chosen: ClusterSettings, routes: Sequence[tuple[str, ipaddress.IPv4Network]], own_interface: str
) -> None:
    """Raise Unfit if pods or Services would get addresses that this machine reaches elsewhere, say another cluster."""
    if chosen.runtime != settings.CONTAINERD:
        return
    for flag, cidr in (("--cluster-cidr", chosen.cluster_cidr), ("--service-cluster-ip-range", chosen.service_cidr)):
        for interface, network in routes:
            if interface != own_interface and network.overlaps(ipaddress.IPv4Network(cidr)):
                raise settings.Unfit(
                    f"{cidr} overlaps with {network}, which this machine reaches through {interface} "
                    f"(another cluster?); choose another range with {flag}"
                )


def take_ports(chosen: ClusterSettings, *, is_kubelet_port_given: bool) -> ClusterSettings:
    """Return `chosen` with every port settled; raise Unfit if one that was asked for is taken.

    The API server's port is in the user's scripts, so it never moves by itself; what only the cluster uses may.
    """
    kubelet = _required(chosen.kubelet_port, "--kubelet-port") if is_kubelet_port_given else chosen.kubelet_port
    return replace(
        chosen, port=_required(chosen.port, "--port") or _free(), kubelet_port=_or_free(kubelet),
        dns_port=_or_free(chosen.dns_port),
    )


def _required(port: int, flag: str) -> int:
    if port and not machine.is_port_free("0.0.0.0", port):
        raise settings.Unfit(f"port {port} is taken by another program; choose another one with {flag}")
    return port


def _or_free(port: int) -> int:
    return port if port and machine.is_port_free("0.0.0.0", port) else _free()


def _free() -> int:
    return machine.free_port(machine.primary_address())


def ensure_certificates(
    layout: Layout, chosen: ClusterSettings, here: machine.Machine, now: datetime.datetime
) -> list[str]:
    """Make or renew the certificates and kubeconfigs of a cluster; return the names of what was written."""
    # One process plays all simulated nodes: one certificate serves them all.
    nodes = chosen.node_names(here.name)[:1]
    names = pki.Names(here.name, here.addresses, chosen.api_address, chosen.domain)
    written = pki.ensure(layout.pki, names, nodes, now)
    server = f"https://127.0.0.1:{chosen.port}"
    for name in (pki.ADMIN, pki.CONTROLLER_MANAGER, pki.SCHEDULER, pki.PROXY, *nodes):
        config = kubeconfig.make(server, layout.pki, name, "kubewheel", name)
        kubeconfig.write(layout.kubeconfigs / f"{name}.kubeconfig", config)
    kubeconfig.write(layout.kubeconfig, admin_config(layout, chosen))
    return written


def admin_config(layout: Layout, chosen: ClusterSettings) -> dict[str, Any]:
    """Return the administrator's configuration, whose context is called after the cluster."""
    name = context_name(layout)
    return kubeconfig.make(f"https://127.0.0.1:{chosen.port}", layout.pki, pki.ADMIN, name, f"{name}-admin")


def context_name(layout: Layout) -> str:
    """Return what the cluster is called in the user's configuration: `kubewheel`, unless it lives elsewhere."""
    is_default = layout.root.name == ".kubewheel"
    return "kubewheel" if is_default else f"kubewheel-{layout.root.name.lstrip('.')}"


def _with_fallback(
    options: Mapping[str, Any], stored: ClusterSettings | None, report: Report
) -> Mapping[str, Any]:
    """Return `options` with simulated nodes chosen, aloud, where containers were not asked for and cannot run."""
    wanted = options.get("runtime") or (stored.runtime if stored else "")
    missing = machine.missing_for_containers()
    if wanted == settings.SIMULATED or not missing:
        return options
    if wanted == settings.CONTAINERD:
        raise ControlError(f"containers cannot run here: {'; '.join(missing)}")
    report(f"Containers cannot run here ({'; '.join(missing)}): the nodes will be simulated.")
    return {**options, "runtime": settings.SIMULATED}


def _serve_command(layout: Layout, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "kubewheel.launch.serve", str(layout.root), *arguments]


def _spawn(layout: Layout, report: Report) -> None:
    """Start the process in the background and pass on what it reports until it is ready."""
    layout.log.parent.mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    with layout.log.open("ab") as log:
        process = subprocess.Popen(
            _serve_command(layout, "--progress-fd", str(writing)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=(writing,), start_new_session=True, cwd="/",
        )
        os.close(writing)
    for line in _lines(reading, START_SECONDS):
        if line == "ready":
            return
        report(line)
    if process.poll() is None and running_process(layout):
        raise ControlError(
            f"not ready after {START_SECONDS:.0f} s; it goes on trying. `kubewheel status` and {layout.log} say more"
        )
    process.wait()
    raise ControlError(f"the cluster did not start; the end of {layout.log} says:\n{_tail(layout.log)}")


def _lines(descriptor: int, seconds: float) -> Iterator[str]:
    """Yield the lines that arrive within `seconds`, until the other side closes; then close this one."""
    deadline = time.monotonic() + seconds
    rest = b""
    try:
        while select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
            data = os.read(descriptor, 4096)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            yield from (line.decode() for line in lines)
    finally:
        os.close(descriptor)


def _end(process: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
        while time.monotonic() < deadline:
            os.kill(process, 0)
            time.sleep(POLL_SECONDS)
        os.kill(process, signal.SIGKILL)


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-FAREWELL_LINES:])


def _summary(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a status that the user reads after a start."""
    return {
        "server": state.get("server", ""), "nodes": [node["name"] for node in state.get("nodes", ())],
        "kubeconfig": state.get("kubeconfig", ""), "context": state.get("context", ""),
        "userConfig": state.get("userConfig", ""),
    }
