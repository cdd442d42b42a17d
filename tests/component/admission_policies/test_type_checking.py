"""status.typeChecking: what is said about expressions that do not fit the kinds of a policy."""

from typing import Any

from tests.component.admission_policies.conftest import VALIDATING, rule, validating
from tests.component.apiserver.conftest import Cluster
from tests.component.custom_resources.conftest import CRONTABS, define, definition


async def status(api: Cluster, made: dict[str, Any]) -> Any:
    created = await api.create(VALIDATING, made)
    assert await api.get(f"{VALIDATING}/p") == created
    return created["status"]


async def test_nothing_to_say(api: Cluster) -> None:
    found = await status(api, validating("object.spec.replicas > 1", rules=[rule("deployments", "apps")]))
    assert found == {"observedGeneration": 1, "typeChecking": {}}


async def test_confusion(api: Cluster) -> None:
    found = await status(api, validating({
        "expression": "object.spec.replicas > '1'",
        "messageExpression": "'wants replicas > 1, got ' + object.spec.replicas",
    }, rules=[rule("deployments", "apps")]))
    warnings = found["typeChecking"]["expressionWarnings"]
    assert [each["fieldRef"] for each in warnings] == [
        "spec.validations[0].expression", "spec.validations[0].messageExpression",
    ]
    assert warnings[0]["warning"] == (
        "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to "
        "'(int, string)'\n | object.spec.replicas > '1'\n | .....................^\n"
    )
    assert "found no matching overload for '_+_' applied to '(string, int)'" in warnings[1]["warning"]


async def test_fields_that_there_are_not(api: Cluster) -> None:
    found = await status(api, validating(
        "object.spec.nope == 1", "variables.count > 0", variables=[{"name": "count", "expression": "object.spec.size"}],
        rules=[rule("deployments", "apps")],
    ))
    assert "undefined field 'nope'" in found["typeChecking"]["expressionWarnings"][0]["warning"]


async def test_custom_resources(api: Cluster) -> None:
    await define(api, definition())
    group, version = CRONTABS.split("/")[2:4]
    found = await status(api, validating("object.spec.replicas == 'x'", rules=[rule("crontabs", group, version)]))
    assert "applied to '(int, string)'" in found["typeChecking"]["expressionWarnings"][0]["warning"]


async def test_a_new_generation_is_looked_at_again(api: Cluster) -> None:
    await status(api, validating("object.spec.replicas > 1", rules=[rule("deployments", "apps")]))
    changed = {"spec": {"validations": [{"expression": "object.spec.replicas > ''"}]}}
    assert (await api.patch(f"{VALIDATING}/p", changed)).status == 200
    found = (await api.get(f"{VALIDATING}/p"))["status"]
    assert found["observedGeneration"] == 2
    assert len(found["typeChecking"]["expressionWarnings"]) == 1
    await api.patch(f"{VALIDATING}/p", {"metadata": {"labels": {"a": "b"}}})
    assert (await api.get(f"{VALIDATING}/p/status"))["status"] == found
