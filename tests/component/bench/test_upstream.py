"""Upstream's servers are compared with when they are on the PATH: played here by programs of the same names.

The part of kube-apiserver is played by our own API server behind a program that takes upstream's flags.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest

from kubewheel.bench import upstream
from kubewheel.bench.clusters import MAPS, Bench, config_map

ETCD = "#!/bin/sh\nexec sleep 60\n"
API_SERVER = """#!{python}
import asyncio, sys
from pathlib import Path
from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.authn import token_file
from kubewheel.libs import tls
from kubewheel.libs.clock import RealClock
from kubewheel.storage.memory import MemoryStore

flags = dict(word[2:].split("=", 1) for word in sys.argv[1:])
assert flags["etcd-servers"].startswith("http://127.0.0.1:"), flags
assert Path(flags["service-account-signing-key-file"]).exists(), flags


async def main():
    settings = ApiServerSettings(
        tokens=token_file.parse(Path(flags["token-auth-file"]).read_text()), disabled_admission=("ServiceAccount",)
    )
    server = ApiServer(MemoryStore(), Registry.builtin(), settings, RealClock())
    await server.bootstrap()
    context = tls.server_context(Path(flags["tls-cert-file"]), Path(flags["tls-private-key-file"]), None)
    await server.serve(host=flags["bind-address"], port=int(flags["secure-port"]), ssl_context=context)
    await server.run()


asyncio.run(main())
"""


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path, monkeypatch) -> Path:
    """A folder that is the whole PATH, but for what the programs themselves need."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sleep").symlink_to(str(shutil.which("sleep")))
    monkeypatch.setenv("PATH", str(folder))
    source = str(Path(upstream.__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((source, os.environ.get("PYTHONPATH", ""))))
    return folder


@pytest.mark.parametrize(("installed", "plain", "schedules"), [
    pytest.param((), "", "", id="nothing"),
    pytest.param(("etcd",), "", "", id="half"),
    pytest.param(("etcd", "kube-apiserver"), "etcd + kube-apiserver", "", id="no-scheduler"),
    pytest.param(
        ("etcd", "kube-apiserver", "kube-scheduler"), "etcd + kube-apiserver", "etcd + kube-apiserver + kube-scheduler",
        id="all",
    ),
    pytest.param(("k3s",), "k3s", "k3s", id="k3s"),
])
def test_what_there_is_to_compare_with(programs, installed, plain, schedules):
    for name in installed:
        program(programs, name, ETCD)
    assert (upstream.name(), upstream.name(schedules=True)) == (plain, schedules)


@pytest.mark.slow
async def test_servers_run_for_a_row_and_end_with_it(programs, tmp_path):
    program(programs, "etcd", ETCD)
    program(programs, "kube-apiserver", API_SERVER.format(python=sys.executable))
    async with upstream.running(Bench(tmp_path)) as (connected, servers):
        processes = list(servers.processes)
        await connected.create(MAPS, config_map("a"))
        assert b'"a"' in await connected.get(f"{MAPS}/a")
    assert [process.poll() is None for process in processes] == [False, False]


async def test_servers_that_do_not_start_say_why(programs, tmp_path):
    program(programs, "etcd", "#!/bin/sh\necho no space left >&2\nexit 1\n")
    program(programs, "kube-apiserver", ETCD)
    with pytest.raises(RuntimeError, match="no space left"):
        async with upstream.running(Bench(tmp_path)):
            pass
