"""The node's pod network as a CNI configuration, and what is left of one when its pods are gone.

The runtime calls the plugins (bridge, host-local, portmap) itself; we write their configuration.
"""

import asyncio
import contextlib
import json
import shutil
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

PLUGIN_DIRECTORIES = (Path("/opt/cni/bin"), Path("/usr/lib/cni"), Path("/usr/libexec/cni"))
FILE = "10-kubewheel.conflist"
PLUGINS = ("bridge", "host-local", "portmap", "loopback")


class MissingPlugins(Exception):
    """The CNI plugins are not installed."""


@dataclass(frozen=True, slots=True)
class Network:
    """A bridge with a subnet of pod addresses; `state_dir` remembers which are given out."""

    name: str
    bridge: str
    subnet: str
    state_dir: Path
    mtu: int = 0


def plugin_directory() -> Path:
    """Return the directory with the plugins; raise MissingPlugins."""
    for directory in PLUGIN_DIRECTORIES:
        if all((directory / plugin).exists() for plugin in PLUGINS):
            return directory
    searched = ", ".join(map(str, PLUGIN_DIRECTORIES))
    raise MissingPlugins(
        f"no CNI plugins ({', '.join(PLUGINS)}) in {searched}; install the package containernetworking-plugins"
    )


def configuration(network: Network) -> dict[str, Any]:
    """Return the configuration list for `network`.

    No masquerading by the bridge: it would hide pods' addresses from other nodes; the service proxy does it for
    traffic that leaves the cluster.
    """
    everywhere = "::/0" if ip_network(network.subnet).version == 6 else "0.0.0.0/0"
    bridge: dict[str, Any] = {
        "type": "bridge", "bridge": network.bridge, "isGateway": True, "ipMasq": False, "hairpinMode": True,
        "ipam": {
            "type": "host-local", "dataDir": str(network.state_dir), "ranges": [[{"subnet": network.subnet}]],
            "routes": [{"dst": everywhere}],
        },
    }
    if network.mtu:
        bridge["mtu"] = network.mtu
    portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": network.name, "plugins": [bridge, portmap]}


def write(directory: Path, network: Network) -> bool:
    """Write the configuration where the runtime looks for it; return whether it changed."""
    text = json.dumps(configuration(network), indent=1)
    target = directory / FILE
    with contextlib.suppress(FileNotFoundError):
        if target.read_text() == text:
            return False
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / f".{FILE}"
    temporary.write_text(text)
    temporary.rename(target)
    return True


def read(directory: Path) -> Network | None:
    """Return the network that `write` left in `directory`, or None."""
    try:
        document = json.loads((directory / FILE).read_text())
    except FileNotFoundError:
        return None
    bridge = document["plugins"][0]
    ipam = bridge["ipam"]
    return Network(
        name=document["name"], bridge=bridge["bridge"], subnet=ipam["ranges"][0][0]["subnet"],
        state_dir=Path(ipam["dataDir"]), mtu=bridge.get("mtu", 0),
    )


async def remove(directory: Path, network: Network) -> None:
    """Remove the bridge, the address leases and the configuration; what is gone already is no error."""
    (directory / FILE).unlink(missing_ok=True)
    shutil.rmtree(network.state_dir, ignore_errors=True)
    if not Path("/sys/class/net", network.bridge).exists():
        return
    process = await asyncio.create_subprocess_exec(
        "ip", "link", "delete", network.bridge, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    await process.wait()
