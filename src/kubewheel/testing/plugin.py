"""The pytest plugin: fixtures `kubewheel`, `kubewheel_session`, `kubewheel_namespace`.

Every test suite of an environment loads this module, so it imports nothing but pytest until a fixture is asked for.
"""

import inspect
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from kubewheel.testing.blocking import SyncCluster

MARKER = "kubewheel"
HELP = (
    "kubewheel(nodes=0, controllers=False, containers=False, clock='stepped', load=(), snapshot='', seed=0, ...): "
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
)
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare our ini options."""
    for name, kind, default, text in INI:
        parser.addini(name, text, kind, default)


def pytest_configure(config: pytest.Config) -> None:
    """Declare our marker."""
    config.addinivalue_line("markers", HELP)


def _wanted(config: pytest.Config) -> dict[str, Any]:
    return {
        "nodes": int(config.getini("kubewheel_nodes")), "controllers": config.getini("kubewheel_controllers"),
        "clock": config.getini("kubewheel_clock"), "seed": int(config.getini("kubewheel_seed")),
        "load": tuple(config.getini("kubewheel_load")), "containers": config.getini("kubewheel_containers"),
        "snapshot": config.getini("kubewheel_snapshot") and config.rootpath / config.getini("kubewheel_snapshot"),
    }


def _of_test(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the options of a test: ini, then its markers from the outermost to its own."""
    wanted = _wanted(request.config)
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            raise pytest.UsageError("@pytest.mark.kubewheel takes named options only: nodes=2, controllers=True")
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


def _start(wanted: dict[str, Any]) -> "SyncCluster":
    with _plain_imports():
        from kubewheel.testing.blocking import SyncCluster

        if wanted["containers"]:
            _skip_without_containers()
        cluster = SyncCluster(**wanted)
        cluster.start()
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


@pytest.fixture
def kubewheel(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A Kubernetes cluster of the test's own."""
    cluster = _start(_of_test(request))
    try:
        yield _for_test(cluster, request)
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def kubewheel_session(request: pytest.FixtureRequest) -> Iterator["SyncCluster"]:
    """A Kubernetes cluster for the whole test run; its options come from the ini file."""
    cluster = _start(_wanted(request.config))
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
