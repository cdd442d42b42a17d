"""Compile etcd.proto into `_generated/descriptors.binpb`; run as `python -m kubewheel.libs.etcd.regenerate`.

Needs grpcio-tools, a development dependency. Why descriptors and not generated Python: see `libs/cri/regenerate.py`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from kubewheel.libs.etcd.client import DESCRIPTORS

HERE = Path(__file__).parent


def compile_descriptors() -> bytes:
    """Return the serialized FileDescriptorSet of the source."""
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "set.binpb"
        compiler = (sys.executable, "-m", "grpc_tools.protoc")
        subprocess.run([*compiler, f"-I{HERE}", f"--descriptor_set_out={target}", "etcd.proto"], check=True, cwd=HERE)
        return target.read_bytes()


if __name__ == "__main__":
    DESCRIPTORS.parent.mkdir(exist_ok=True)
    DESCRIPTORS.write_bytes(compile_descriptors())
