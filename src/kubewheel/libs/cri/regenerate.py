"""Compile the .proto files into `_generated/descriptors.binpb`; run as `python -m kubewheel.libs.cri.regenerate`.

Needs grpcio-tools, a development dependency. Descriptors instead of generated Python: they load under every protobuf
version, generated code only under those that are as new as its compiler.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from kubewheel.libs.cri.client import DESCRIPTORS

HERE = Path(__file__).parent
SOURCES = ("cri.proto", "events.proto", "snapshots.proto")


def compile_descriptors() -> bytes:
    """Return the serialized FileDescriptorSet of the sources."""
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "set.binpb"
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{HERE}", f"--descriptor_set_out={target}", *SOURCES]
        subprocess.run(command, check=True, cwd=HERE)
        return target.read_bytes()


if __name__ == "__main__":
    DESCRIPTORS.parent.mkdir(exist_ok=True)
    DESCRIPTORS.write_bytes(compile_descriptors())
