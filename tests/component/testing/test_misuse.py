"""What the kit says to those who use it wrongly, and with a test that fails."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kubewheel.testing import Answer, Behaviour, NotSettled, Script, SyncCluster
from tests.component.testing.test_examples import pytest_in

POD = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "web", "image": "nginx"}]},
}
WRONG = """
import pytest

@pytest.mark.kubewheel(node=1)
def test_option(kubewheel): pass

@pytest.mark.kubewheel(nodes="2")
def test_type(kubewheel): pass

@pytest.mark.kubewheel(nodes=1, fleet={"capacty": {}})
def test_fleet(kubewheel): pass

@pytest.mark.kubewheel(scope="modul")
def test_scope(kubewheel): pass

@pytest.mark.kubewheel(load="nope.yaml")
def test_load(kubewheel): pass

@pytest.mark.kubewheel(nodes=1)
def test_session(kubewheel_session): pass
"""
FAILING = """
import pytest

@pytest.mark.kubewheel(nodes=1)
def test_state(kubewheel):
    kubewheel.fail(verb="create", resource="leases", status=409)
    kubewheel.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
                     "spec": {"nodeSelector": {"a": "b"}, "containers": [{"name": "web", "image": "nginx"}]}})
    kubewheel.settle()
    kubewheel.get("Pod", "other")

async def test_asynchronous(kubewheel):
    await kubewheel.get("Pod", "other")
"""
SHARED = """
import pytest

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}

@pytest.mark.kubewheel(scope="class")
class TestShared:
    def test_writes(self, kubewheel):
        kubewheel.apply("given.yaml")  # Beside this file.

    async def test_reads(self, kubewheel):
        assert await kubewheel.get("ConfigMap", "given")

    @pytest.mark.kubewheel(controllers=True)
    def test_wants_another(self, kubewheel):
        assert kubewheel.list("ConfigMap", "default", fields="metadata.name=given") == []

class TestAlone:
    @pytest.mark.kubewheel(scope="class")
    def test_another_class(self, kubewheel):
        assert kubewheel.list("ConfigMap", "default", fields="metadata.name=given") == []

async def test_session(kubewheel_session, kubewheel_namespace):
    await kubewheel_session.awaited.apply(CONFIG, namespace=kubewheel_namespace)
    assert kubewheel_session.blocking.get("ConfigMap", "a", kubewheel_namespace)
"""
TYPED = """
from kubewheel.testing import AsyncCluster, SyncCluster

def test_blocking(kubewheel: SyncCluster) -> None:
    revision: int = kubewheel.revision
    kubewheel.settle().busy.items()
    kubewheel.clock.advance(hours=revision)

async def test_awaited(kubewheel: AsyncCluster) -> None:
    report = await kubewheel.settle()
    reveal_type(report.has_settled)
    await kubewheel.clock.advance(hours=1)
    kubewheel.setle()
"""


def test_markers_are_checked(tmp_path):
    (tmp_path / "test_wrong.py").write_text(WRONG)
    printed = pytest_in(tmp_path, "-p", "no:randomly").stdout
    for told in (
        "there is no option 'node'; did you mean 'nodes'?", "nodes is '2'; it must be of type int",
        "fleet has no field 'capacty'; did you mean 'capacity'?",
        "scope is 'modul'; there are function, class, module, session",
        f"there are no manifests {tmp_path / 'nope.yaml'}", "kubewheel_session takes its options from the ini file",
    ):
        assert printed.count(told) == 1
    assert "6 errors" in printed
    assert "site-packages" not in printed  # How we noticed is of no interest.
    assert "never awaited" not in printed


def test_a_failed_test_shows_its_cluster(tmp_path):
    (tmp_path / "test_failing.py").write_text(FAILING)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\nkubewheel_nodes = 0\n")
    printed = pytest_in(tmp_path, "-p", "no:randomly", "--kubewheel-dump", str(tmp_path / "states")).stdout
    assert "fault in force: verb='create', resource='leases', status=409" in printed
    assert "written since the start: 1 pods" in printed
    assert "pod default/web: Pending, PodScheduled: Unschedulable: 0/1 nodes are available" in printed
    assert "warning: Pod default/web: FailedScheduling" in printed
    assert 'StatusError: pods "other" not found' in printed
    assert "in wait" not in printed  # Our own frames stay hidden.
    state = tmp_path / "states" / "test_failing.py-test_state.kubewheel.json"
    with SyncCluster.from_snapshot(state) as again:
        assert again.get("Pod", "web")["spec"]["nodeSelector"] == {"a": "b"}
    assert len(list((tmp_path / "states").iterdir())) == 2


def test_clusters_are_shared_by_scope(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    (tmp_path / "tests" / "test_shared.py").write_text(SHARED)
    (tmp_path / "tests" / "given.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: given}}")
    done = pytest_in(tmp_path, "-p", "no:randomly")
    assert "5 passed" in done.stdout, done.stdout


@pytest.mark.slow
def test_types_are_there_for_users(tmp_path):
    (tmp_path / "test_typed.py").write_text(TYPED)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "--follow-imports=silent"]
    done = subprocess.run([*command, "test_typed.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 'Revealed type is "bool"' in done.stdout.replace("builtins.", ""), done.stdout
    assert '"AsyncCluster" has no attribute "setle"' in done.stdout
    assert "Found 1 error " in done.stdout


@pytest.mark.parametrize(("fault", "told"), [
    pytest.param({"verb": "udpate"}, "no verb is called 'udpate'", id="verb"),
    pytest.param({"resource": "lease"}, "no resource is called 'lease'; did you mean 'leases'?", id="resource"),
    pytest.param({"resource": "pods,depoyments"}, "did you mean 'deployments'?", id="second-resource"),
    pytest.param({"by": "client"}, 'by is \'client\'; it is "clients"', id="by"),
    pytest.param({"status": 200}, "a refusal has one from 400 to 599", id="status"),
    pytest.param({"rate": 2}, "rate is 2", id="rate"),
    pytest.param({"times": 0}, "times is 0", id="times"),
    pytest.param({"delay": -1}, "must not be negative", id="delay"),
])
def test_a_fault_that_meets_nothing_is_refused(kubewheel, fault, told):
    with pytest.raises((LookupError, ValueError)) as error:
        kubewheel.fail(**{"status": 409, **fault})
    assert told in str(error.value)


def test_faults_know_groups(kubewheel):
    with kubewheel.fail(verb="list", resource="deployments.apps,pods/status", status=503) as fault:
        with pytest.raises(Exception, match="refused by the test"):
            kubewheel.list("Deployment")
        kubewheel.list("DaemonSet")
    assert fault.hits == 1


def test_watches_of_unknown_resources(kubewheel):
    for verb in (kubewheel.drop_watches, kubewheel.expire_watches, kubewheel.wait_watched):
        with pytest.raises(LookupError, match="no resource is called 'configmap'; did you mean 'configmaps'"):
            verb("configmap")


def test_what_needs_nodes_says_so(kubewheel):
    for act in (lambda: kubewheel.simulate(Behaviour()), lambda: kubewheel.no_image("a").__enter__()):
        with pytest.raises(LookupError, match="ask for some with nodes=1"):
            act()
    with pytest.raises(ValueError, match="there are none; ask for some with nodes=1"):
        SyncCluster(fleet={"zones": ("a",)})


def test_time_does_not_run_backwards(kubewheel):
    with pytest.raises(ValueError, match="time does not run backwards"):
        kubewheel.clock.advance(-5)


def test_manifests_that_are_none(kubewheel):
    for source, told in (
        ("chart.yaml", "there are no manifests"), (Path("chart"), "there are no manifests"),
        ("kind: [", "is no YAML"), ("kind: Pod", "no object with apiVersion and kind"),
    ):
        with pytest.raises((OSError, ValueError), match=told):
            kubewheel.apply(source)


def test_names_that_are_none(kubewheel):
    with pytest.raises(LookupError, match=r"did you mean 'Deployment'\?"):
        kubewheel.get("Deploymnet", "web")
    with pytest.raises(LookupError, match="there is no revision 1000000; the newest is"):
        kubewheel.get_at(1_000_000, "Pod", "web")


def test_a_cluster_that_does_not_run():
    cluster = SyncCluster()
    with pytest.raises(RuntimeError, match="has not been started yet, or has been stopped"):
        cluster.list("Pod")
    cluster.stop()
    with cluster:
        assert cluster.list("Pod") == []
    cluster.stop()
    with pytest.raises(RuntimeError, match="has been stopped"):
        cluster.list("Pod")


@pytest.mark.kubewheel(nodes=1)
def test_scripts_that_fail_fail_the_test(kubewheel):
    def wrong(pod, container):
        return {}[pod["metadata"]["name"]]

    role = kubewheel.simulate(wrong)
    kubewheel.apply(POD)
    with pytest.raises(KeyError, match="web") as error:
        kubewheel.settle()
    assert error.value.__notes__ == ["raised by a script of `simulate`, for pod default/web, container web"]
    assert role.act is wrong
    assert kubewheel.get("Pod", "web")["status"]["phase"] == "Running"  # The nodes go on without it.
    for nonsense in ("exit 1", int, 3):
        with pytest.raises(TypeError, match="is no script"):
            kubewheel.simulate(nonsense)


@pytest.mark.kubewheel(nodes=1)
def test_commands_come_word_by_word(kubewheel):
    class Database(Script):
        def exec(self, command):
            if command == ["psql", "-c", "select 1"]:
                return "1\n"
            return Answer(stderr="no\n", code=3) if command[0] == "fail" else {}[command[0]]

    kubewheel.simulate(Database)
    kubewheel.apply(POD)
    kubewheel.settle()
    assert kubewheel.kubectl("exec", "web", "--", "psql", "-c", "select 1") == "1\n"
    with pytest.raises(AssertionError, match="exit code 3"):
        kubewheel.kubectl("exec", "web", "--", "fail")
    with pytest.raises(AssertionError, match="the script failed: KeyError: 'else'"):
        kubewheel.kubectl("exec", "web", "--", "else")
    with pytest.raises(KeyError, match="else"):
        kubewheel.settle()


def test_what_a_script_raises_is_told_at_the_end_at_the_latest():
    cluster = SyncCluster(nodes=1)
    cluster.start()
    cluster.simulate(lambda pod, container: 7)
    cluster.apply(POD)
    with pytest.raises(TypeError, match="a script returned 7"):
        cluster.clock.advance(1)
    cluster.apply({**POD, "metadata": {"name": "second"}})
    cluster.wait_for("Pod", "second", fits=lambda pod: pod.get("status", {}).get("phase") == "Running")
    with pytest.raises(TypeError, match="a script returned 7"):
        cluster.stop()


@pytest.mark.parametrize(("log", "printed"), [
    pytest.param("one\ntwo", "one\ntwo\n", id="text"),
    pytest.param(("one", "two"), "one\ntwo\n", id="lines"),
    pytest.param(((0, "stdout", "one"),), "one\n", id="tuples"),
    pytest.param((), "", id="none"),
])
def test_logs_are_lines(log, printed):
    class Logging(Script):
        pass

    Logging.log = log if isinstance(log, str) or not log or isinstance(log[0], str) else ("one",)
    with SyncCluster(nodes=1) as cluster:
        for script in (Behaviour(log=log), Logging):
            cluster.simulate(script)
            cluster.apply(POD)
            cluster.settle()
            assert cluster.logs("web") == printed
            cluster.delete("Pod", "web")
            cluster.clock.advance(60)


@pytest.mark.parametrize(("script", "told"), [
    pytest.param(Behaviour(exit_after="5"), "exit_after is '5'; it must be a number", id="number"),
    pytest.param(Behaviour(log=((1, "stdout"),)), "it must be lines", id="log"),
])
@pytest.mark.kubewheel(nodes=1)
def test_behaviours_are_checked(kubewheel, script, told):
    kubewheel.simulate(script)
    kubewheel.apply(POD)
    with pytest.raises(TypeError, match=told):
        kubewheel.settle()


def test_a_client_that_goes_on_asking(kubewheel):
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            kubewheel.list("ConfigMap")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        with pytest.raises(NotSettled, match="still at work: clients that go on asking: 1"):
            kubewheel.settle(seconds=0.2, quiet_seconds=0.1)
    finally:
        stop.set()
        asking.join()


def test_not_settled_says_what_fails():
    with SyncCluster(nodes=1) as cluster:
        cluster.fail(verb="create", resource="pods", by="all", status=500, times=None)
        cluster.apply({
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
                "metadata": {"labels": {"app": "web"}}, "spec": POD["spec"],
            }},
        })
        report = cluster.settle()
        assert report.retrying == 1
        assert report.failing == {"replicaset-controller default/web": "StatusError: refused by the test"}
        assert "failing: replicaset-controller default/web" in cluster.summary()
