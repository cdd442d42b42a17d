"""A real registry: Debian's docker-registry on a free port of loopback."""

import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.support.waiting import eventually, free_port

CONFIG = """version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}
http: {{addr: 127.0.0.1:{port}}}
"""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Run a registry that keeps its images in `folder`; give its host:port."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.yml"
    config.write_text(CONFIG.format(folder=folder / "images", port=port))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
    try:
        eventually(lambda: _answers(port), f"the registry did not start, see {folder / 'log'}")
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def mirror(certs: Path, upstream: str, registry: str) -> None:
    """Make containerd look for images of `upstream` (docker.io, ...) in `registry`: a hosts.toml below `certs`."""
    folder = certs / upstream
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hosts.toml").write_text(
        f'server = "http://{registry}"\n\n[host."http://{registry}"]\n  capabilities = ["pull", "resolve"]\n'
    )


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
