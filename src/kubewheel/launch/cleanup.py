"""Removes everything that a stopped cluster left on the machine: `python -m kubewheel.launch.cleanup DATA_DIR`.

Works after an orderly stop and after a crash, and as often as it is called. The data directory keeps the state.
"""

import asyncio
import logging
import os
import sys
from pathlib import Path

from kubewheel import proxy
from kubewheel.launch import cluster, control, kubeconfig, machine, nodes, settings
from kubewheel.launch.layout import Layout
from kubewheel.launch.process import LOG_FORMAT
from kubewheel.libs import cni, containerd, nft
from kubewheel.libs.clock import RealClock

log = logging.getLogger(__name__)


def main() -> int:
    """Clean up; exit code 1 if something stays."""
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT, stream=sys.stderr)
    layout = Layout(Path(sys.argv[1]))
    chosen = settings.load(layout.settings)
    if chosen is None:
        return 0
    prepared = cluster.Prepared(layout, chosen, machine.observe())
    name = control.context_name(layout)
    try:
        if chosen.runtime == settings.CONTAINERD:
            asyncio.run(_remove_node(prepared))
        if chosen.has_context:
            kubeconfig.remove(kubeconfig.user_file(os.environ), name, f"{name}-admin", chosen.previous_context)
    except (containerd.ContainerdError, cni.MissingPlugins, nft.Failed, OSError, ValueError) as error:
        log.error("%s", error)
        return 1
    layout.lock.unlink(missing_ok=True)
    return 0


async def _remove_node(prepared: cluster.Prepared) -> None:
    """Stop containers and their runtime, remove network, groups, mounts and service rules."""
    await nodes.remove(nodes.plan(prepared), RealClock())
    await proxy.remove(cluster.proxy_settings(prepared))


if __name__ == "__main__":
    sys.exit(main())
