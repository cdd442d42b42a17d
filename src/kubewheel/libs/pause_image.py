"""The image of a sandbox's first process: a static program of a few hundred bytes, assembled here.

It holds the sandbox's namespaces, reaps orphans, and ends at SIGTERM or SIGINT. Made by us because no registry may be
in reach when the first pod starts.
"""

import platform
import struct

from kubewheel.libs import oci_archive

BASE = 0x400000
ELF_HEADER_BYTES, PROGRAM_HEADER_BYTES = 64, 56
SIGINT, SIGTERM, SIGCHLD = 2, 15, 17


class UnsupportedMachine(Exception):
    """There is no pause program for this processor."""


class _Assembly:
    """Collects instructions; short jumps and one data reference are filled in at the end."""

    def __init__(self) -> None:
        self.code = bytearray()
        self._labels: dict[str, int] = {}
        self._fixes: list[tuple[int, int, str]] = []  # position, width, label

    def label(self, name: str) -> None:
        self._labels[name] = len(self.code)

    def add(self, hexadecimal: str) -> None:
        self.code += bytes.fromhex(hexadecimal)

    def reference(self, opcode: str, label: str, width: int) -> None:
        """Add an instruction whose last `width` bytes are the distance to `label`."""
        self.add(opcode)
        self._fixes.append((len(self.code), width, label))
        self.code += bytes(width)

    def finish(self) -> bytes:
        for position, width, label in self._fixes:
            distance = self._labels[label] - (position + width)
            self.code[position : position + width] = distance.to_bytes(width, "little", signed=True)
        return bytes(self.code)


def _x86_64() -> bytes:
    """Return the program for x86-64; registers and system call numbers are those of its Linux ABI."""
    program = _Assembly()
    program.add("b80e000000 31ff")  # eax = rt_sigprocmask, edi = SIG_BLOCK
    program.reference("488d35", "signals", 4)  # rsi = &signals
    program.add("31d2 41ba08000000 0f05")  # edx = 0, r10d = 8; syscall
    program.label("wait")
    program.add("b880000000")  # eax = rt_sigtimedwait
    program.reference("488d3d", "signals", 4)  # rdi = &signals
    program.add("31f6 31d2 41ba08000000 0f05")  # no info, no timeout, r10d = 8; syscall
    for signal, target in ((SIGCHLD, "reap"), (SIGTERM, "exit"), (SIGINT, "exit")):
        program.add(f"83f8{signal:02x}")  # cmp eax, signal
        program.reference("74", target, 1)  # je target
    program.reference("eb", "wait", 1)
    program.label("reap")
    program.add("b83d000000 bfffffffff 31f6 ba01000000 4531d2 0f05")  # wait4(-1, 0, WNOHANG, 0)
    program.add("85c0")  # test eax, eax
    program.reference("7f", "reap", 1)  # jg reap
    program.reference("eb", "wait", 1)
    program.label("exit")
    program.add("b83c000000 31ff 0f05")  # exit(0)
    program.label("signals")
    program.code += struct.pack("<Q", sum(1 << (signal - 1) for signal in (SIGINT, SIGTERM, SIGCHLD)))
    return program.finish()


def program(machine: str) -> bytes:
    """Return the pause program for `machine`, as an ELF file."""
    if machine != "x86_64":
        raise UnsupportedMachine(f"no pause program for {machine}; name a sandbox image that a registry serves")
    code = _x86_64()
    start = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES
    size = start + len(code)
    identity = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = identity + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, BASE + start, ELF_HEADER_BYTES, 0, 0, ELF_HEADER_BYTES, PROGRAM_HEADER_BYTES, 1,
        0, 0, 0,
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, size, size, 0x1000)
    return header + segment + code


def archive(name: str, machine: str = "") -> bytes:
    """Return an OCI archive with the pause image under `name`, for this machine unless told another."""
    machine = machine or platform.machine()
    file = oci_archive.File("pause", program(machine), 0o755)
    return oci_archive.build([
        oci_archive.Image(
            name=name, files=[file], architecture=oci_archive.ARCHITECTURES[machine], entrypoint=["/pause"],
            user="65535:65535",
        )
    ])
