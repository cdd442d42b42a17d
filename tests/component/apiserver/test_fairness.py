"""Priority and fairness: what clients see of it."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.admission import chain
from kubewheel.apiserver.admission.plugin import Stage
from kubewheel.apiserver.settings import ServiceAccountKeys
from kubewheel.client import Client
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Request, Response
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver.conftest import ADMIN, CONFIG_MAPS, KEY, Cluster, config_map, content

API = "/apis/flowcontrol.apiserver.k8s.io/v1"
SCHEMAS, LEVELS = f"{API}/flowschemas", f"{API}/prioritylevelconfigurations"
SCHEMA_HEADER, LEVEL_HEADER = "X-Kubernetes-PF-FlowSchema-UID", "X-Kubernetes-PF-PriorityLevel-UID"
USERS = {name: Identity(name, ("dev",)) for name in ("bob", "eve", "jail")}
READER = {
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
    "subjects": [{"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"} for name in USERS],
}


def schema(name: str, level: str, *users: str, method: str = "ByUser", precedence: int = 50) -> dict[str, Any]:
    rule = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}
    return {"metadata": {"name": name, "labels": {"e2e": name}}, "spec": {
        "priorityLevelConfiguration": {"name": level}, "matchingPrecedence": precedence,
        "distinguisherMethod": {"type": method},
        "rules": [{"subjects": [{"kind": "User", "user": {"name": each}} for each in users], "resourceRules": [rule],
                   "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}],
    }}


def level(name: str, shares: int = 1, queuing: dict[str, int] | None = None, **fields: Any) -> dict[str, Any]:
    response = {"type": "Queue", "queuing": queuing} if queuing else {"type": "Reject"}
    limited = {"nominalConcurrencyShares": shares, "borrowingLimitPercent": 0, "limitResponse": response, **fields}
    return {"metadata": {"name": name, "labels": {"e2e": name}}, "spec": {"type": "Limited", "limited": limited}}


class Gate:
    """Holds back creations of config maps until it is opened; counts whose are inside."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.most = 0
        self.changed = asyncio.Condition()
        self._left = 0

    async def enter(self, who: str) -> None:
        async with self.changed:
            self.inside.append(who)
            self.most = max(self.most, len(self.inside))
            self.changed.notify_all()
            await self.changed.wait_for(lambda: self._left > 0)
            self._left -= 1
            self.inside.remove(who)
            self.changed.notify_all()

    async def open(self, count: int) -> None:
        """Let `count` requests end."""
        async with self.changed:
            self._left += count
            self.changed.notify_all()

    async def hold(self, count: int) -> None:
        """Return once `count` requests are inside."""
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: len(self.inside) >= count)


@asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[Cluster]:
    wanted = ApiServerSettings(
        tokens={"admin": ADMIN, **USERS}, service_account_keys=ServiceAccountKeys(KEY), **settings,
    )
    clock = SteppedClock()
    server = ApiServer(MemoryStore(), Registry.builtin(), wanted, clock, randomness=random.Random(1))
    await server.bootstrap()
    made = Cluster(server, clock)
    await made.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {"metadata": {"name": "dev"}, **READER})
    with suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as group:
            running = group.create_task(server.run(), name="server")
            yield made
            running.cancel()


@pytest.fixture
async def api() -> AsyncIterator[Cluster]:
    async with serving(max_reads=40, max_writes=20) as made:
        yield made


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made, run = Gate(), chain.Chain.run

    async def slowly(self: chain.Chain, stage: Stage, matter: Any, backend: Any) -> None:
        if stage is Stage.VALIDATE and matter.resource.plural == "configmaps" and matter.identity.name in USERS:
            await made.enter(matter.identity.name)
        await run(self, stage, matter, backend)

    monkeypatch.setattr(chain.Chain, "run", slowly)
    return made


def ask_as(api: Cluster, group: asyncio.TaskGroup, user: str, count: int) -> list[asyncio.Task[Response]]:
    """Create config maps, all at once."""
    return [
        group.create_task(api.ask("POST", CONFIG_MAPS, {"metadata": {"generateName": f"{user}-"}}, token=user))
        for _ in range(count)
    ]


async def turns(count: int = 30) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def uids(api: Cluster, schema: str, level: str) -> tuple[str, str]:
    found = [await api.get(f"{SCHEMAS}/{schema}"), await api.get(f"{LEVELS}/{level}")]
    return found[0]["metadata"]["uid"], found[1]["metadata"]["uid"]


@pytest.mark.parametrize(("path", "body", "change", "after"), [
    pytest.param(
        SCHEMAS, schema("mine", "exempt", "bob"), {"spec": {"matchingPrecedence": 9999}},
        lambda found: found["spec"]["matchingPrecedence"] == 9999, id="FlowSchema",
        marks=pytest.mark.conformance("Priority and Fairness FlowSchema API"),
    ),
    pytest.param(
        LEVELS, level("mine"), {"spec": {"limited": {"nominalConcurrencyShares": 4}}},
        lambda found: found["spec"]["limited"]["nominalConcurrencyShares"] == 4, id="PriorityLevelConfiguration",
        marks=pytest.mark.conformance("Priority and Fairness PriorityLevelConfiguration API"),
    ),
])
async def test_api_operations(
    api: Cluster, path: str, body: dict[str, Any], change: dict[str, Any], after: Any
) -> None:
    """Priority and fairness: FlowSchema and PriorityLevelConfiguration API."""
    listed = {each["name"]: each["verbs"] for each in (await api.get(API))["resources"]}
    resource = path.rpartition("/")[2]
    assert listed[resource] == ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    assert listed[f"{resource}/status"] == ["get", "patch", "update"]
    made = await api.create(path, body)
    here = f"{path}/mine"
    assert (await api.get(here))["metadata"]["uid"] == made["metadata"]["uid"]
    version = (await api.get(path))["metadata"]["resourceVersion"]
    assert [each["metadata"]["name"] for each in (await api.get(path, labelSelector="e2e=mine"))["items"]] == ["mine"]
    watch = await api.ask("GET", path, watch="1", resourceVersion=version, labelSelector="e2e=mine")
    patched = content(await api.patch(here, change))
    assert after(patched)
    assert patched["metadata"]["generation"] == 2
    updated = content(await api.ask("PUT", here, {**(await api.get(here)), "metadata": {
        **(await api.get(here))["metadata"], "annotations": {"updated": "true"},
    }}))
    assert updated["metadata"]["annotations"] == {"updated": "true"}
    condition = {"type": "Dangling", "status": "False", "reason": "Test", "message": "set by a test"}
    status = content(await api.patch(f"{here}/status", {"status": {"conditions": [condition]}}))["status"]
    assert status["conditions"][0]["reason"] == "Test"
    current = await api.get(f"{here}/status")
    current["status"]["conditions"] = [{**condition, "reason": "Again"}]
    current["metadata"].pop("resourceVersion")
    replaced = content(await api.ask("PUT", f"{here}/status", current))
    assert replaced["status"]["conditions"][0]["reason"] == "Again"
    assert (await api.ask("DELETE", here)).status == 200
    assert (await api.ask("GET", here)).status == 404
    await api.create(path, body)
    assert (await api.ask("DELETE", path, labelSelector="e2e=mine")).status == 200
    assert (await api.get(path, labelSelector="e2e=mine"))["items"] == []
    assert watch.chunks is not None
    seen = [orjson.loads(line)["type"] for line in (await anext(aiter(watch.chunks))).splitlines()]
    assert seen[0] == "MODIFIED"


async def test_requests_can_be_classified(api: Cluster) -> None:
    """API priority and fairness: requests are classified by adding FlowSchema and PriorityLevelConfiguration."""
    response = await api.ask("GET", CONFIG_MAPS, token="bob")
    assert (response.headers[SCHEMA_HEADER], response.headers[LEVEL_HEADER]) == await uids(
        api, "global-default", "global-default"
    )
    await api.create(LEVELS, level("mine"))
    await api.create(SCHEMAS, schema("mine", "mine", "bob"))
    for path in (CONFIG_MAPS, "/version", f"{CONFIG_MAPS}/none"):
        response = await api.ask("GET", path, token="bob")
        assert (response.headers[SCHEMA_HEADER], response.headers[LEVEL_HEADER]) == await uids(api, "mine", "mine")
    response = await api.ask("GET", CONFIG_MAPS, token="eve")
    assert response.headers[SCHEMA_HEADER] != (await uids(api, "mine", "mine"))[0]
    await api.ask("DELETE", f"{SCHEMAS}/mine")
    response = await api.ask("GET", CONFIG_MAPS, token="bob")
    assert response.headers[SCHEMA_HEADER] == (await uids(api, "global-default", "global-default"))[0]
    response = await api.ask("GET", CONFIG_MAPS)
    assert (response.headers[SCHEMA_HEADER], response.headers[LEVEL_HEADER]) == await uids(api, "exempt", "exempt")
    response = await api.ask("GET", "/readyz", token="")
    assert (response.headers[SCHEMA_HEADER], response.headers[LEVEL_HEADER]) == await uids(api, "probes", "exempt")


async def test_a_level_without_queues_sends_away(api: Cluster, gate: Gate) -> None:
    await api.create(LEVELS, level("mine", shares=10))
    await api.create(SCHEMAS, schema("mine", "mine", "bob"))
    async with asyncio.TaskGroup() as group:
        asked = ask_as(api, group, "bob", 5)
        await gate.hold(3)
        await turns()
        refused = [task.result() for task in asked if task.done()]
        assert [each.status for each in refused] == [429, 429]
        assert content(refused[0]) == {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "TooManyRequests",
            "message": "Too many requests, please try again later.", "code": 429, "details": {"retryAfterSeconds": 1},
        }
        assert refused[0].headers["Retry-After"] == "1"
        assert (refused[0].headers[SCHEMA_HEADER], refused[0].headers[LEVEL_HEADER]) == await uids(api, "mine", "mine")
        assert (await api.ask("GET", CONFIG_MAPS, token="eve")).status == 200
        await gate.open(3)
    metrics = ((await api.ask("GET", "/metrics")).body or b"").decode()
    labels = 'flow_schema="mine",priority_level="mine"'
    assert f'apiserver_flowcontrol_rejected_requests_total{{{labels},reason="concurrency-limit"}} 2' in metrics
    assert f"apiserver_flowcontrol_dispatched_requests_total{{{labels}}} 3" in metrics
    assert 'apiserver_flowcontrol_nominal_limit_seats{priority_level="mine"} 3' in metrics


async def test_requests_are_not_drowned_out_by_other_levels(api: Cluster, gate: Gate) -> None:
    """API priority and fairness: requests can't be drowned out (priority)."""
    queuing = {"queues": 1, "handSize": 1, "queueLengthLimit": 100}
    await api.create(LEVELS, level("high", 10, queuing))
    await api.create(LEVELS, level("low", 10, queuing))
    await api.create(SCHEMAS, schema("high", "high", "eve"))
    await api.create(SCHEMAS, schema("low", "low", "bob"))
    async with asyncio.TaskGroup() as group:
        ask_as(api, group, "bob", 30)
        await gate.hold(3)
        await turns()
        eves = ask_as(api, group, "eve", 2)
        await gate.hold(5)
        assert sorted(gate.inside) == ["bob", "bob", "bob", "eve", "eve"]
        await gate.open(32)
    assert [task.result().status for task in eves] == [201, 201]


@pytest.mark.parametrize("method", ["ByUser", "ByNamespace"])
async def test_flows_of_one_level_are_fair_to_each_other(api: Cluster, gate: Gate, method: str) -> None:
    """API priority and fairness: requests can't be drowned out (fairness)."""
    await api.create(LEVELS, level("mine", 3, {"queues": 64, "handSize": 4, "queueLengthLimit": 40}))
    await api.create(SCHEMAS, schema("mine", "mine", "bob", "eve", method=method))
    async with asyncio.TaskGroup() as group:
        ask_as(api, group, "bob", 30)
        await gate.hold(1)
        await turns()
        eves = ask_as(api, group, "eve", 4)
        await turns()
        if method == "ByNamespace":  # One namespace, one flow: whoever came first goes first.
            await gate.open(10)
            await turns(200)
            assert not any(task.done() for task in eves)
            await gate.open(24)
            return
        for _ in range(12):
            await gate.open(1)
            await turns()
        assert all(task.done() for task in eves)
        await gate.open(22)
    assert gate.most == 1


async def test_a_full_queue_sends_away(api: Cluster, gate: Gate) -> None:
    await api.create(LEVELS, level("mine", 1, {"queues": 1, "handSize": 1, "queueLengthLimit": 2}))
    await api.create(SCHEMAS, schema("mine", "mine", "bob"))
    async with asyncio.TaskGroup() as group:
        asked = ask_as(api, group, "bob", 4)
        await gate.hold(1)
        await turns()
        assert [task.result().status for task in asked if task.done()] == [429]
        dump = ((await api.ask("GET", "/debug/api_priority_and_fairness/dump_requests")).body or b"").decode()
        rows = [[cell.strip() for cell in line.split(",")] for line in dump.splitlines()]
        assert rows[0][:3] == ["PriorityLevelName", "FlowSchemaName", "QueueIndex"]
        assert [row[:5] for row in rows[1:]] == [["mine", "mine", "0", str(place), "bob"] for place in (0, 1)]
        path = "/debug/api_priority_and_fairness/dump_requests?includeRequestDetails=1"
        dump = ((await api.ask("GET", path)).body or b"").decode()
        assert [cell.strip() for cell in dump.splitlines()[1].split(",")][-8:] == [
            "bob", "create", CONFIG_MAPS, "default", "", "v1", "configmaps", "",
        ]
        await gate.open(3)
    assert sorted(task.result().status for task in asked) == [201, 201, 201, 429]


async def test_nobody_waits_for_ever(gate: Gate) -> None:
    async with serving(max_reads=4, max_writes=2, request_seconds=0.04) as api:
        await api.create(LEVELS, level("mine", 1, {"queues": 1, "handSize": 1, "queueLengthLimit": 2}))
        await api.create(SCHEMAS, schema("mine", "mine", "bob"))
        async with asyncio.TaskGroup() as group:
            asked = ask_as(api, group, "bob", 2)
        # Who waits is told after a quarter of a request's time; who is inside has all of it.
        assert [task.result().status for task in asked] == [504, 429]
        metrics = ((await api.ask("GET", "/metrics")).body or b"").decode()
        labels = 'flow_schema="mine",priority_level="mine",reason="time-out"'
        assert f"apiserver_flowcontrol_rejected_requests_total{{{labels}}} 1" in metrics


async def test_changes_take_effect_at_once(api: Cluster, gate: Gate) -> None:
    await api.create(LEVELS, level("mine", 3, {"queues": 1, "handSize": 1, "queueLengthLimit": 50}))
    await api.create(SCHEMAS, schema("mine", "mine", "bob"))
    async with asyncio.TaskGroup() as group:
        ask_as(api, group, "bob", 20)
        await gate.hold(1)
        await api.patch(f"{LEVELS}/mine", {"spec": {"limited": {"nominalConcurrencyShares": 40}}})
        await gate.hold(8)
        assert (await api.ask("DELETE", f"{LEVELS}/mine")).status == 200
        await gate.open(20)
    response = await api.ask("GET", CONFIG_MAPS, token="bob")
    assert response.headers[LEVEL_HEADER] == (await uids(api, "global-default", "global-default"))[1]


async def test_a_jail_lets_nobody_in(api: Cluster) -> None:
    await api.create(LEVELS, level("jail", 0))
    await api.create(SCHEMAS, schema("jail", "jail", "jail"))
    assert (await api.ask("GET", CONFIG_MAPS, token="jail")).status == 429


async def test_watches_count_only_until_they_have_begun(api: Cluster) -> None:
    await api.create(LEVELS, level("mine", 3))
    await api.create(SCHEMAS, schema("mine", "mine", "bob"))
    watches = [await api.ask("GET", CONFIG_MAPS, token="bob", watch="1") for _ in range(5)]
    assert [each.status for each in watches] == [200] * 5


async def test_long_lists_take_more_seats(api: Cluster) -> None:
    for number in range(210):
        await api.create(CONFIG_MAPS, config_map(f"m{number}"))
    fairness = api.server.backend.fairness
    assert fairness is not None
    taken: list[int] = []
    one = fairness.configuration

    async def look(path: str) -> int:
        await api.ask("GET", path, token="bob")
        return taken.pop()

    list_level = one.levels["global-default"]
    take = list_level.take
    list_level.take = lambda seats: (taken.append(seats), take(seats))[1]  # type: ignore[method-assign]
    assert await look(CONFIG_MAPS) == 3
    assert await look(f"{CONFIG_MAPS}?limit=150") == 2
    assert await look(f"{CONFIG_MAPS}/m1") == 1


async def test_components_of_this_process_wait_instead_of_being_sent_away(api: Cluster, gate: Gate) -> None:
    await api.create(LEVELS, level("mine", 3))
    await api.create(SCHEMAS, schema("mine", "mine", "bob"))
    client = Client(api.server.transport(USERS["bob"]), api.server.backend.registry)
    async with asyncio.TaskGroup() as group:
        for number in range(6):
            content = {"apiVersion": "v1", **config_map(f"m{number}")}
            content["metadata"]["namespace"] = "default"
            group.create_task(client.create(content))
        await gate.hold(1)
        await turns()
        assert gate.inside == ["bob"]
        await gate.open(6)
    assert gate.most == 1


async def test_mandatory_objects_come_back_and_suggested_ones_a_minute_later(api: Cluster) -> None:
    for name in ("catch-all", "global-default"):
        assert (await api.ask("DELETE", f"{SCHEMAS}/{name}")).status == 200
    assert (await api.ask("DELETE", f"{LEVELS}/exempt")).status == 200
    assert (await api.ask("GET", CONFIG_MAPS)).status == 200
    await turns(200)
    assert (await api.get(f"{LEVELS}/exempt"))["spec"]["type"] == "Exempt"
    assert (await api.get(f"{SCHEMAS}/catch-all"))["metadata"]["annotations"] == {
        "apf.kubernetes.io/autoupdate-spec": "true"
    }
    assert (await api.ask("GET", f"{SCHEMAS}/global-default")).status == 404
    api.clock.advance(61)
    await turns(200)
    assert (await api.get(f"{SCHEMAS}/global-default"))["spec"]["matchingPrecedence"] == 9900


async def test_a_restart_puts_right_what_is_not_left_to_administrators(api: Cluster) -> None:
    change = {"spec": {"limited": {"nominalConcurrencyShares": 7}}}
    await api.patch(f"{LEVELS}/system", change)
    kept = {"metadata": {"annotations": {"apf.kubernetes.io/autoupdate-spec": "false"}}, **change}
    await api.patch(f"{LEVELS}/node-high", kept)
    await api.server.bootstrap()
    shares = [
        (await api.get(f"{LEVELS}/{name}"))["spec"]["limited"]["nominalConcurrencyShares"]
        for name in ("system", "node-high")
    ]
    assert shares == [30, 7]


async def test_schemas_say_whether_their_level_is_there(api: Cluster) -> None:
    await api.create(SCHEMAS, schema("mine", "nowhere", "bob"))

    async def dangling(status: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while True:
                found = (await api.get(f"{SCHEMAS}/mine")).get("status", {}).get("conditions") or [{}]
                if found[0].get("status") == status:
                    return found[0]
                await asyncio.sleep(0)

    text = 'This FlowSchema references the PriorityLevelConfiguration object named "nowhere"'
    found = await dangling("True")
    assert (found["reason"], found["message"]) == ("NotFound", f"{text} but there is no such object")
    await api.create(LEVELS, level("nowhere"))
    found = await dangling("False")
    assert (found["reason"], found["message"]) == ("Found", f"{text} and it exists")


async def test_dumps(api: Cluster) -> None:
    body = ((await api.ask("GET", "/debug/api_priority_and_fairness/dump_priority_levels")).body or b"").decode()
    rows = {line.split(",")[0]: [cell.strip() for cell in line.split(",")[1:]] for line in body.splitlines()}
    assert rows["exempt"] == ["<none>"] * 5
    assert rows["system"] == ["0", "true", "false", "0", "0"]
    body = ((await api.ask("GET", "/debug/api_priority_and_fairness/dump_queues")).body or b"").decode()
    assert len([line for line in body.splitlines() if line.startswith("system,")]) == 64
    assert (await api.ask("GET", "/debug/api_priority_and_fairness/nothing")).status == 404
    assert (await api.ask("GET", "/debug/api_priority_and_fairness/dump_queues", token="bob")).status == 403


async def test_without_priorities_whoever_comes_too_late_is_sent_away(gate: Gate) -> None:
    async with serving(max_writes=1, priority_and_fairness=False) as api, asyncio.TaskGroup() as group:
        asked = ask_as(api, group, "bob", 1)
        await gate.hold(1)
        response = await api.ask("POST", CONFIG_MAPS, config_map("late"), token="eve")
        assert (response.status, SCHEMA_HEADER in response.headers) == (429, False)
        assert (await api.server.handle(Request("GET", "/version"))).status == 200
        await gate.open(1)
        assert (await asked[0]).status == 201
