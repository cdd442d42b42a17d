"""The pytest plugin: fixtures `kubewheel`, `kubewheel_session`, `kubewheel_namespace`.

Every test suite of an environment loads this module, so it imports nothing but pytest until a fixture is asked for.
"""

import inspect
import itertools
import re
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import pytest

if TYPE_CHECKING:
    from kubewheel.testing.blocking import SyncCluster

MARKER = "kubewheel"
HELP = (
    "kubewheel(nodes=0, controllers=False, containers=False, clock='stepped', load=(), snapshot='', seed=0, "
    "scope='function', ...): "
    "what the cluster of the fixture `kubewheel` is like; see kubewheel.testing.Options"
)
INI: tuple[tuple[str, Literal["string", "bool", "paths"], Any, str], ...] = (
    ("kubewheel_nodes", "string", "0", "simulated nodes of each cluster"),
    ("kubewheel_controllers", "bool", False, "whether controllers run"),
    ("kubewheel_containers", "bool", False, "a node with real containers; needs root"),
    ("kubewheel_clock", "string", "stepped", "stepped or real"),
    ("kubewheel_seed", "string", "0", "decides what is left to chance"),
    ("kubewheel_snapshot", "string", "", "a saved state that each cluster begins with"),
    ("kubewheel_load", "paths", [], "manifests that each cluster begins with"),
    ("kubewheel_scope", "string", "function", "who shares a cluster `kubewheel`: function, class, module, session"),
)
DUMP = "--kubewheel-dump"
FUNCTION = "function"
SCOPES: dict[str, type[pytest.Item | pytest.Collector]] = {
    "class": pytest.Class, "module": pytest.Module, "session": pytest.Session,
}
CLUSTER_MODULES = frozenset(("kubewheel.testing.blocking", "kubewheel.testing.bridge"))
_clusters: "pytest.StashKey[list[tuple[dict[str, Any], SyncCluster]]]" = pytest.StashKey()
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare our options."""
    for name, kind, default, text in INI:
        parser.addini(name, text, kind, default)
    parser.getgroup("kubewheel").addoption(
        DUMP, type=Path, metavar="DIR", help="keep the state of the cluster of each test that fails in this directory"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare our marker."""
    config.addinivalue_line("markers", HELP)


def _wanted(config: pytest.Config) -> dict[str, Any]:
    return {
        "nodes": _number(config, "kubewheel_nodes"), "controllers": config.getini("kubewheel_controllers"),
        "clock": config.getini("kubewheel_clock"), "seed": _number(config, "kubewheel_seed"),
        "load": tuple(config.getini("kubewheel_load")), "containers": config.getini("kubewheel_containers"),
        "snapshot": config.getini("kubewheel_snapshot") and config.rootpath / config.getini("kubewheel_snapshot"),
        "scope": config.getini("kubewheel_scope"),
    }


def _number(config: pytest.Config, name: str) -> int:
    text = config.getini(name)
    if not re.fullmatch(r"\d+", text.strip()):
        _refuse(f"{name} is {text!r} in the ini file; it must be a number")
    return int(text)


def _of_test(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the options of a test: ini, then its markers from the outermost to its own."""
    wanted = _wanted(request.config)
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            _refuse("@pytest.mark.kubewheel takes named options only: nodes=2, controllers=True")
        wanted |= marker.kwargs
    if isinstance(wanted["load"], str):
        wanted["load"] = (wanted["load"],)
    wanted["load"] = tuple(_beside(request, each) for each in wanted["load"])
    if wanted.get("snapshot"):
        wanted["snapshot"] = _beside(request, wanted["snapshot"])
    return wanted


def _beside(request: pytest.FixtureRequest, path: Any) -> Any:
    """Return a path of a marker, which starts at the test's own directory."""
    return request.path.parent / path


def _refuse(reason: str) -> NoReturn:
    """Fail a test for what it or the ini file asks for; where our own code noticed it is of no interest."""
    pytest.fail(reason, pytrace=False)


def _start(wanted: dict[str, Any]) -> "SyncCluster":
    with _plain_imports():
        from kubewheel.api.errors import StatusError
        from kubewheel.testing.blocking import SyncCluster

        if wanted["containers"]:
            _skip_without_containers()
        wrong = ""
        try:
            cluster = SyncCluster(**wanted)
        except (TypeError, ValueError) as error:
            wrong = f"the kubewheel marker or ini file: {error}"
        try:
            if not wrong:
                cluster.start()
        except (StatusError, LookupError, ValueError, OSError) as error:
            if not wanted["load"] and not wanted["snapshot"]:
                raise
            wrong = f"the cluster cannot begin with what `load` and `snapshot` name: {error}"
        if wrong:
            _refuse(wrong)
    return cluster


def _skip_without_containers() -> None:
    from kubewheel.launch import machine

    missing = machine.missing_for_containers()
    if missing:
        pytest.skip(f"containers cannot run here: {'; '.join(missing)}")


@contextmanager
def _plain_imports() -> Iterator[None]:
    """Keep pytest from rewriting the assertions of our own modules: hundreds of them, none with tests in it."""
    hooks = [each for each in sys.meta_path if type(each).__name__ == "AssertionRewritingHook"]
    for hook in hooks:
        sys.meta_path.remove(hook)
    try:
        yield
    finally:
        sys.meta_path[:0] = hooks


def _for_test(cluster: "SyncCluster", request: pytest.FixtureRequest) -> Any:
    """Return the cluster in the form that fits the test: verbs to await in an asynchronous one."""
    function = getattr(request.node, "obj", None)
    if function is None or not inspect.iscoroutinefunction(inspect.unwrap(function)):
        return cluster
    from kubewheel.testing.bridge import AsyncCluster

    return AsyncCluster(cluster)


def _shared(request: pytest.FixtureRequest, wanted: dict[str, Any], scope: str) -> "SyncCluster":
    """Return the cluster that all tests of a scope have who want the same; made by the first of them."""
    node = request.node.getparent(SCOPES[scope]) or request.node
    made: list[tuple[dict[str, Any], SyncCluster]] = node.stash.setdefault(_clusters, [])
    for options, found in made:
        if options == wanted:
            return found
    cluster = _start(wanted)
    made.append((wanted, cluster))
    node.addfinalizer(cluster.stop)
    return cluster


@pytest.fixture
def kubewheel(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A Kubernetes cluster of the test's own, or of the scope that its marker names."""
    wanted = _of_test(request)
    scope = wanted.pop("scope")
    wanted["folder"] = request.config.rootpath if scope == "session" else request.path.parent
    if scope not in (FUNCTION, *SCOPES):
        _refuse(f"the kubewheel marker or ini file: scope is {scope!r}; there are {', '.join((FUNCTION, *SCOPES))}")
    if scope != FUNCTION:
        yield _for_test(_shared(request, wanted, scope), request)
        return
    cluster = _start(wanted)
    try:
        yield _for_test(cluster, request)
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def kubewheel_session(request: pytest.FixtureRequest) -> Iterator["SyncCluster"]:
    """A Kubernetes cluster for the whole test run; its options come from the ini file."""
    wanted = _wanted(request.config) | {"folder": request.config.rootpath}
    wanted.pop("scope")
    cluster = _start(wanted)
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def kubewheel_namespace(kubewheel_session: "SyncCluster") -> Iterator[str]:
    """The name of a namespace of the test's own in the cluster of the session."""
    name = f"test-{next(_numbers)}"
    kubewheel_session.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    kubewheel_session.settle()
    yield name
    kubewheel_session.delete("Namespace", name)
    kubewheel_session.settle()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker that nobody would read."""
    names = getattr(item, "fixturenames", ())
    if "kubewheel_session" in names and "kubewheel" not in names and any(item.iter_markers(MARKER)):
        _refuse(
            "kubewheel_session takes its options from the ini file (kubewheel_nodes = 2), not from a marker; "
            'a marker with scope="session" gives the fixture `kubewheel` to all tests that want the same'
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Show, with a test that failed, what its clusters are like; keep their states if that was asked for."""
    report = yield
    if report.failed and report.when != "teardown":
        for name, cluster in list(getattr(item, "funcargs", {}).items()):
            if type(cluster).__module__ in CLUSTER_MODULES:
                report.sections.append((f"cluster {name}", _told(cluster.blocking)))
                _keep(item, name, cluster.blocking)
    return report


def _told(cluster: "SyncCluster") -> str:
    try:
        return cluster.summary()
    except RuntimeError as error:
        return str(error)


def _keep(item: pytest.Item, name: str, cluster: "SyncCluster") -> None:
    folder = item.config.getoption(DUMP)
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(RuntimeError):
        cluster.dump(folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', item.nodeid).strip('-')}.{name}.json")
