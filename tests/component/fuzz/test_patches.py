"""What patches promise, tried on real kinds through the whole server: once is as good as twice, in any order."""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Request
from kubewheel.storage.memory import MemoryStore
from tests.fuzz.samples import SAMPLES
from tests.fuzz.values import Values, paths

pytestmark = pytest.mark.slow
PATHS: Mapping[str, str] = {
    "Deployment": "/apis/apps/v1/namespaces/default/deployments", "Service": "/api/v1/namespaces/default/services",
    "ConfigMap": "/api/v1/namespaces/default/configmaps", "CronJob": "/apis/batch/v1/namespaces/default/cronjobs",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
    "StatefulSet": "/apis/apps/v1/namespaces/default/statefulsets",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
}
ALLOCATED = ("clusterIP", "clusterIPs", "nodePort")  # Another one for each new Service.
BY_KIND = {each["kind"]: each for each in SAMPLES if each["kind"] in PATHS}
KINDS = st.sampled_from(sorted(BY_KIND))
SEEDS = st.integers(0, 2**32)
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Return a function that sends a request and returns the status and the content of the answer."""
    settings_ = ApiServerSettings(tokens={"admin": Identity("admin", ("system:masters",))})
    server = ApiServer(MemoryStore(), Registry.builtin(), settings_, SteppedClock(), randomness=random.Random(1))
    with asyncio.Runner() as runner:
        runner.run(server.bootstrap())

        def send(method: str, path: str, body: Any = None, kind: str = "json", **query: str) -> tuple[int, Any]:
            headers = {"authorization": "Bearer admin", "content-type": f"application/{kind}"}
            data = orjson.dumps(body) if body is not None else None
            request = Request(method, path, {name: [value] for name, value in query.items()}, headers, data)
            response = runner.run(server.handle(request))
            return response.status, orjson.loads(response.encoded or response.body or b"null")

        yield send


def fresh(ask: Ask, kind: str) -> str:
    """Make a sample anew and return its path."""
    path = f"{PATHS[kind]}/a"
    ask("DELETE", path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
    status, made = ask("POST", PATHS[kind], BY_KIND[kind])
    assert status == 201, made
    return path


def part_of(kind: str, seed: int) -> dict[str, Any]:
    """Return some of a sample, with a few other values in it."""
    chance = random.Random(seed)
    made = orjson.loads(orjson.dumps(BY_KIND[kind]))
    values = Values(chance, 0.0)
    other = values.kind(*made["apiVersion"].rpartition("/")[::2], kind, "a")
    if chance.random() < 0.3 and isinstance(other.get("spec"), dict):
        made["spec"] |= {name: other["spec"][name] for name in [*other["spec"]][:2]}
    for _ in range(chance.randrange(6)):
        places = [place for place in paths(made) if place[0] not in ("apiVersion", "kind", "metadata")]
        if places:
            *outer, last = chance.choice(places)
            inner = made
            for step in outer:
                inner = inner[step]
            del inner[last]
    made["metadata"] = {"name": "a", "labels": {chance.choice("abc"): chance.choice("xyz")}}
    return made


def shown(content: Any) -> Any:
    """Return an object without what every write changes."""
    metadata = {name: value for name, value in content["metadata"].items()
                if name not in ("resourceVersion", "managedFields", "generation", "uid")}
    return {**content, "metadata": metadata}


@settings(max_examples=80)
@given(KINDS, SEEDS, st.sampled_from(["merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"]))
def test_twice_is_once(ask: Ask, kind: str, seed: int, patch: str) -> None:
    path, body = fresh(ask, kind), part_of(kind, seed)
    query = {"fieldManager": "m", "force": "true"} if patch.startswith("apply") else {}
    status, first = ask("PATCH", path, body, patch, **query)
    assert status in (200, 400, 422), first
    if status == 200:
        status, second = ask("PATCH", path, body, patch, **query)
        assert status == 200
        assert second == first  # Not even a new resourceVersion.


@settings(max_examples=60)
@given(KINDS, SEEDS, SEEDS)
def test_order_of_managers(ask: Ask, kind: str, seed: int, other: int) -> None:
    """Who applies first does not matter, where managers do not get in each other's way."""
    configurations = (("one", part_of(kind, seed)), ("two", part_of(kind, other)))
    results = []
    for order in (configurations, configurations[::-1]):
        path = fresh(ask, kind)
        answers = [ask("PATCH", path, body, "apply-patch+yaml", fieldManager=name) for name, body in order]
        if any(status != 200 for status, _ in answers):
            return
        results.append(shown(answers[-1][1]))
    assert sets(results[0]) == sets(results[1])


def sets(value: Any) -> Any:
    """Return a value whose lists are in one order: that of items which several managers add is theirs."""
    if isinstance(value, dict):
        return {name: sets(each) for name, each in value.items() if name not in ALLOCATED}
    if isinstance(value, list):
        return sorted((sets(each) for each in value), key=lambda each: orjson.dumps(each, option=orjson.OPT_SORT_KEYS))
    return value


@settings(max_examples=60)
@given(KINDS, SEEDS)
def test_who_leaves_takes_only_its_own(ask: Ask, kind: str, seed: int) -> None:
    path = fresh(ask, kind)
    _, before = ask("GET", path)
    body = {"apiVersion": BY_KIND[kind]["apiVersion"], "kind": kind, "metadata": {"name": "a"}}
    mine = {**body, "metadata": {"name": "a", "labels": {f"l{seed % 5}": "x"}, "annotations": {f"a{seed % 3}": "y"}}}
    assert ask("PATCH", path, mine, "apply-patch+yaml", fieldManager="guest")[0] == 200
    status, after = ask("PATCH", path, body, "apply-patch+yaml", fieldManager="guest")
    assert status == 200
    assert shown(after) == shown(before)
