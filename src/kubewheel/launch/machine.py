"""What this machine is and has: its addresses, its name, the programs that containers need."""

import ipaddress
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = {"containerd": "containerd", "runc": "runc", "nft": "nftables", "ip": "iproute2"}  # program: Debian package
CNI_FOLDERS = ("/usr/lib/cni", "/opt/cni/bin")


@dataclass(frozen=True, slots=True)
class Machine:
    """`address` is the one that others reach this machine at; `addresses` are all of them, without link-local ones."""

    name: str
    address: str
    addresses: tuple[str, ...]


def observe() -> Machine:
    """Return what this machine is at the moment."""
    name = socket.gethostname().lower()
    address = primary_address()
    return Machine(name, address, tuple(dict.fromkeys([address, *_resolved(name)])))


def primary_address() -> str:
    """Return the IPv4 address that leads to the default route, or loopback without one.

    Connecting a datagram socket sends nothing; it only makes the kernel choose a source address.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def missing_for_containers() -> list[str]:
    """Return what keeps containers from running here, in words; empty when nothing does."""
    missing = []
    if os.geteuid() != 0:
        missing.append("not root")
    missing += [
        f"{program} is not installed (package {package})"
        for program, package in PROGRAMS.items()
        if shutil.which(program) is None
    ]
    if cni_folder() is None:
        missing.append("the CNI plugins are not installed (package containernetworking-plugins)")
    return missing


def cni_folder() -> str | None:
    """Return the folder that holds the CNI bridge plugin."""
    return next((folder for folder in CNI_FOLDERS if os.access(f"{folder}/bridge", os.X_OK)), None)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP and UDP port that is free on `host` at the moment."""
    for _ in range(100):
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagram:
            stream.bind((host, 0))
            port = int(stream.getsockname()[1])
            try:
                datagram.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port on {host}")


def is_port_free(host: str, port: int) -> bool:
    """Tell whether a listener could be opened at `host`:`port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _resolved(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return []
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    return [str(address) for address in addresses if not address.is_link_local and not address.is_loopback]


def routes(table: Path = Path("/proc/net/route")) -> list[tuple[str, ipaddress.IPv4Network]]:
    """Return the networks that this machine has routes to, each with its interface; without the default route."""
    found = []
    for line in table.read_text().splitlines()[1:]:
        words = line.split()
        address, mask = (int.from_bytes(bytes.fromhex(words[index]), sys.byteorder) for index in (1, 7))
        if mask:
            found.append((words[0], ipaddress.IPv4Network((address, bin(mask).count("1")))))
    return found
