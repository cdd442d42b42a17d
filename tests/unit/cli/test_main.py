"""Commands, with a cluster that is a few lines long."""

import json
from pathlib import Path

import pytest

from kubewheel import cli
from kubewheel.cli.control import ControlError
from kubewheel.cli.main import _shielded

STATE = {
    "running": True, "ready": True, "server": "https://127.0.0.1:6443", "version": "v1.37.1", "highAvailability": False,
    "datastore": {"kind": "sqlite", "masters": ["127.0.0.1:6443"], "standBy": []}, "dataDir": "/d",
    "components": {"scheduler": "running"}, "nodes": [{"name": "node-0", "status": "Ready"}], "addons": ["dns"],
}


class Cluster:
    """Remembers what it was asked."""

    def __init__(self, data_dir: Path) -> None:
        self.kubeconfig = data_dir / "kubeconfig"
        self.asked: list[object] = []
        self.state = dict(STATE)
        self.faults: list[str] = []

    def start(self, options, report, *, is_foreground):
        self.asked.append((dict(options), is_foreground))
        report("starting")
        return {"server": "https://127.0.0.1:6443", "nodes": ["node-0"], "kubeconfig": "/d/kubeconfig",
                "context": "kubewheel", "userConfig": "/h/.kube/config"}

    def stop(self, report, *, is_wiped):
        self.asked.append(is_wiped)
        if is_wiped:
            raise ControlError("cannot wipe")

    def status(self, wait_seconds):
        self.asked.append(wait_seconds)
        return self.state

    def certificates(self, *, is_renewed):
        return [{"name": "admin", "subject": "admin", "days": 364, "names": []}]

    def findings(self):
        return self.faults


@pytest.fixture
def cluster(tmp_path):
    return Cluster(tmp_path)


def _run(cluster, *words):
    return cli.main(lambda _: cluster, lambda: cluster, list(words))


def test_up_passes_on_what_was_given_and_says_what_to_do_next(cluster, capsys):
    assert _run(cluster, "up", "--port", "7000", "--service-cluster-ip-range", "10.0.0.0/24") == 0
    assert cluster.asked == [({"port": 7000, "service_cidr": "10.0.0.0/24"}, False)]
    out = capsys.readouterr().out
    assert out.startswith("starting\n")
    for part in ("node-0 Ready", "/d/kubeconfig", "context     kubewheel", " down"):
        assert part in out


def test_status_as_text(cluster, capsys):
    assert _run(cluster, "status") == 0
    out = capsys.readouterr().out
    parts = ("kubewheel is running\n", "high-availability  no (1 node)", "master 127.0.0.1:6443, stand-by none", "dns")
    for part in parts:
        assert part in out


def test_status_as_json_waits_when_asked(cluster, capsys):
    assert _run(cluster, "status", "--wait-ready", "--timeout", "5", "-o", "json") == 0
    assert json.loads(capsys.readouterr().out) == STATE
    assert cluster.asked == [5.0]


@pytest.mark.parametrize("change", [{"ready": False}, {"running": False, "ready": False}], ids=["not-ready", "stopped"])
def test_status_fails_when_not_ready(cluster, change):
    cluster.state.update(change)
    assert _run(cluster, "status") == 1


def test_errors_are_messages(cluster, capsys):
    assert _run(cluster, "down", "--wipe") == 1
    assert capsys.readouterr().err == "kubewheel: cannot wipe\n"


def test_kubeconfig_prints_the_file_or_says_how_to_get_it(cluster, capsys):
    assert _run(cluster, "kubeconfig") == 1
    assert "`kubewheel up` writes it" in capsys.readouterr().err
    cluster.kubeconfig.write_text("kind: Config\n")
    assert _run(cluster, "kubeconfig") == 0
    assert capsys.readouterr().out == "kind: Config\n"
    assert _run(cluster, "kubeconfig", "--path") == 0
    assert capsys.readouterr().out == f"{cluster.kubeconfig}\n"


def test_certs_are_listed(cluster, capsys):
    assert _run(cluster, "certs", "list") == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["admin", "admin", "364", "-"]


def test_doctor_fails_when_something_is_wrong(cluster, capsys):
    assert _run(cluster, "doctor") == 0
    cluster.faults.append("the disk is full; remove something")
    assert _run(cluster, "doctor") == 1
    assert "- the disk is full; remove something\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["kubectl", "-n", "x", "get", "pods"], ["kubectl", "--", "-n", "x", "get", "pods"], id="options"),
        pytest.param(["kubectl", "--data-dir", "d", "get"], ["kubectl", "--data-dir", "d", "--", "get"], id="data-dir"),
        pytest.param(["status", "-o", "json"], ["status", "-o", "json"], id="others"),
    ],
)
def test_options_behind_kubectl_are_kubectls(words, expected):
    assert _shielded(words) == expected


def test_bench_becomes_another_program(cluster, monkeypatch):
    called = []
    monkeypatch.setattr("os.execv", lambda program, words: called.append(words))
    _run(cluster, "bench", "P3", "--json", "f", "--help")
    assert called[0][1:] == ["-m", "kubewheel.bench", "P3", "--json", "f", "--help"]


class Components:
    """Remembers what it was to run."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, dict[str, object]]] = []

    def run(self, component, options):
        self.ran.append((component, dict(options)))


@pytest.mark.parametrize(("words", "component", "expected"), [
    pytest.param("controllers --controllers *,-job-controller", "controllers", {
        "controllers": "*,-job-controller", "use_service_account_credentials": True, "v": 2,
    }, id="controllers"),
    pytest.param("scheduler --kubeconfig k -v 5", "scheduler", {"kubeconfig": "k", "v": 5}, id="scheduler"),
    pytest.param("proxy --config c --cleanup", "proxy", {"config": "c", "cleanup": True}, id="proxy"),
    pytest.param("node --config c --kubeconfig k --v=0", "node",
                 {"config": "c", "kubeconfig": "k", "v": 0, "cleanup": False, "data_dir": "~/.kubewheel"}, id="node"),
])
def test_components_get_their_options(words, component, expected):
    components = Components()
    assert cli.main(lambda _: pytest.fail("no cluster is wanted"), lambda: components, words.split()) == 0
    ((ran, options),) = components.ran
    assert ran == component
    assert expected.items() <= options.items()
