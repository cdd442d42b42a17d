"""`kubewheel snapshot` and the fixture read and write the same files; a running server tells its state to its admin."""

from pathlib import Path

import pytest

from kubewheel import cli
from kubewheel.launch.control import Control
from kubewheel.launch.layout import Layout
from kubewheel.libs.wire import Identity, Request
from kubewheel.storage import snapshot_file
from kubewheel.testing import Cluster

SECRET = {
    "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"password": "correct horse"},
}


def command(*words: str) -> int:
    return cli.main(Control, lambda: None, list(words))


@pytest.fixture
async def saved(tmp_path: Path) -> Path:
    """A file that a test's cluster has written."""
    async with Cluster(nodes=2) as cluster:
        await cluster.apply(SECRET)
        await cluster.snapshot(tmp_path / "saved")
    return tmp_path / "saved"


async def test_the_fixture_writes_private_files(saved):
    assert saved.stat().st_mode & 0o777 == 0o600


def test_a_new_cluster_begins_with_a_file_and_gives_it_back(saved, tmp_path, capsys):
    folder = str(tmp_path / "cluster")
    assert command("snapshot", "load", str(saved), "--data-dir", folder) == 0
    again = tmp_path / "again"
    assert command("snapshot", "save", str(again), "--data-dir", folder) == 0
    assert again.stat().st_mode & 0o777 == 0o600
    assert Layout(tmp_path / "cluster").database.stat().st_mode & 0o777 == 0o600
    before, after = snapshot_file.read(saved), snapshot_file.read(again)
    assert (after.revision, after.about["nodes"], after.about["runtime"]) == (before.revision, 2, "simulated")
    assert [(each.key, each.encoded) for each in after.entries] == [(each.key, each.encoded) for each in before.entries]
    count = len(before.entries)
    assert capsys.readouterr().out == (
        f"Loaded {count} objects as of revision {before.revision}. `kubewheel up` starts with them.\n"
        f"Saved {count} objects as of revision {before.revision} to {again}.\n"
    )


def test_a_state_is_not_lost_by_mistake(saved, tmp_path, capsys):
    folder = ("--data-dir", str(tmp_path / "cluster"))
    assert command("snapshot", "load", str(saved), *folder) == 0
    assert command("snapshot", "load", str(saved), *folder) == 1
    assert "holds a cluster with a state of its own" in capsys.readouterr().err
    assert command("snapshot", "load", str(saved), "--replace", *folder) == 0


def test_an_existing_cluster_keeps_how_it_runs(saved, tmp_path, capsys):
    folder = ("--data-dir", str(tmp_path / "cluster"))
    assert command("snapshot", "load", str(saved), "--runtime", "containerd", *folder) == 0
    assert command("snapshot", "load", str(saved), "--replace", *folder) == 0
    assert command("snapshot", "load", str(saved), "--replace", "--runtime", "simulated", *folder) == 1
    assert "was made with runtime containerd, which cannot become simulated" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "message"), [
    pytest.param(("load", "absent"), "cannot load absent: [Errno 2]", id="no-file"),
    pytest.param(("load", __file__), "is no snapshot of a cluster", id="other-file"),
    pytest.param(("save", "f"), "holds no cluster; `kubewheel up` makes one", id="no-cluster"),
])
def test_mistakes_are_messages(words, message, tmp_path, capsys):
    assert command("snapshot", *words, "--data-dir", str(tmp_path / "cluster")) == 1
    assert message in capsys.readouterr().err


async def test_a_running_server_tells_its_state_to_its_admin_only():
    async with Cluster() as cluster:
        await cluster.apply(SECRET)
        response = await cluster.client.send(Request("GET", "/kubewheel/snapshot"))
        state = snapshot_file.decode(bytes(response.body), "the answer")
        assert state.revision == cluster.revision
        assert [each.object["data"] for each in state.entries if each.key.resource == "secrets"] == [
            {"password": "Y29ycmVjdCBob3JzZQ=="}
        ]
        somebody = cluster.inside.server.transport(Identity("somebody", ("system:authenticated",)))
        assert (await somebody.send(Request("GET", "/kubewheel/snapshot"))).status == 403


async def test_a_directory_serves_as_well(tmp_path):
    (tmp_path / "a.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
    async with Cluster.from_snapshot(tmp_path) as cluster:
        assert (await cluster.get("ConfigMap", "a"))["metadata"]["name"] == "a"
