"""Which components run alone, and how each is put together; only the one that runs is loaded."""

import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from kubewheel.cli.control import ControlError
from kubewheel.client.kubeconfig import KubeconfigError
from kubewheel.launch import process
from kubewheel.launch.alone import server
from kubewheel.launch.alone.server import Server
from kubewheel.launch.layout import Layout
from kubewheel.launch.process import LOG_FORMAT
from kubewheel.launch.settings import Unfit
from kubewheel.launch.supervisor import keep_one
from kubewheel.libs import cni, containerd, nft
from kubewheel.libs.clock import Clock, RealClock

Options = Mapping[str, Any]
QUIET, CHATTY = 1, 4  # verbosity up to which only warnings are logged, and from which on everything is
FAULTS = (Unfit, KubeconfigError, OSError, ValueError, containerd.ContainerdError, cni.MissingPlugins, nft.Failed)


class Alone:
    """Runs one component in this process."""

    def run(self, component: str, options: Options) -> None:
        """Run `component` until a signal ends it; raise ControlError when it cannot start."""
        logging.basicConfig(level=level(options["v"]), format=LOG_FORMAT, stream=sys.stderr)
        clock = RealClock()
        try:
            process.run_until_signal(START[component](options, clock), component)
        except FAULTS as error:
            raise ControlError(f"{component}: {error}") from error


def level(verbosity: int) -> int:
    """Return the level of the log for upstream's number for verbosity."""
    if verbosity <= QUIET:
        return logging.WARNING
    return logging.INFO if verbosity < CHATTY else logging.DEBUG


async def _controllers(options: Options, clock: Clock) -> None:
    from kubewheel import controllers
    from kubewheel.launch.alone import controller_flags

    there = server.reach(options["kubeconfig"], server.CONTROLLERS)
    settings = controller_flags.settings(options, there, clock)
    await _keep(there, "controllers", lambda: controllers.run(there.client, clock=clock, settings=settings), clock)


async def _scheduler(options: Options, clock: Clock) -> None:
    from kubewheel import scheduler

    there = server.reach(options["kubeconfig"], server.SCHEDULER)
    settings = scheduler.SchedulerSettings()
    await _keep(there, "scheduler", lambda: scheduler.run(there.client, clock=clock, settings=settings), clock)


async def _proxy(options: Options, clock: Clock) -> None:
    from kubewheel import proxy
    from kubewheel.launch.alone import proxy_files

    table = f"kubewheel-{_layout(options).identifier}"
    settings, kubeconfig = proxy_files.settings(options, table)
    if options["cleanup"]:
        await proxy.remove(settings)
        return
    there = server.reach(kubeconfig, server.PROXY)
    await _keep(there, "proxy", lambda: proxy.run(there.client, settings, clock), clock)


async def _node(options: Options, clock: Clock) -> None:
    from kubewheel.launch import nodes
    from kubewheel.launch.alone import node_files

    plan = node_files.plan(options, _layout(options))
    if options["cleanup"]:
        await nodes.remove(plan, clock)
        return
    there = server.reach(options["kubeconfig"], server.node(plan.settings.node_name))
    plan.settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await _keep(there, "node", lambda: nodes.run(plan, there.client, clock), clock)


async def _keep(there: Server, name: str, component: Callable[[], Awaitable[None]], clock: Clock) -> None:
    try:
        await keep_one(name, component, clock)
    finally:
        await there.close()


def _layout(options: Options) -> Layout:
    return Layout(Path(options["data_dir"]).expanduser().absolute())


START: Mapping[str, Callable[[Options, Clock], Any]] = {
    "controllers": _controllers, "scheduler": _scheduler, "proxy": _proxy, "node": _node,
}
