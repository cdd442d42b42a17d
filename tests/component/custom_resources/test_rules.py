"""x-kubernetes-validations: what rules refuse, and which rules are refused themselves."""

from typing import Any

import pytest

from tests.component.apiserver.conftest import Cluster, content
from tests.component.custom_resources.conftest import CRONTABS, DEFINITIONS, crontab, define, definition


def ruled(*rules: dict[str, Any], **replicas: Any) -> dict[str, Any]:
    return definition({"type": "object", "x-kubernetes-validations": list(rules), "properties": {
        "replicas": {"type": "integer", **replicas}, "min": {"type": "integer"}, "q": {"type": "string"},
        "x-y": {"type": "string"},
    }})


@pytest.mark.parametrize(("rule", "spec", "text"), [
    pytest.param({"rule": "self.min <= self.replicas"}, {"min": 5, "replicas": 1},
                 "spec: Invalid value: failed rule: self.min <= self.replicas", id="default-message"),
    pytest.param({"rule": "self.min <= self.replicas", "message": "too few"}, {"min": 5, "replicas": 1},
                 "spec: Invalid value: too few", id="message"),
    pytest.param({"rule": "self.replicas < 3", "messageExpression": "'%d is too many'.format([self.replicas])"},
                 {"replicas": 5}, "spec: Invalid value: 5 is too many", id="message-expression"),
    pytest.param({"rule": "self.replicas < 3", "reason": "FieldValueForbidden", "fieldPath": ".replicas",
                  "message": "no"}, {"replicas": 5}, "spec.replicas: Forbidden: no", id="reason-and-path"),
    pytest.param({"rule": "quantity(self.q).isLessThan(quantity('1Gi'))"}, {"q": "2Gi"}, "failed rule", id="quantity"),
    pytest.param({"rule": "self.x__dash__y == 'a'"}, {"x-y": "b"}, "failed rule", id="escaped-name"),
    pytest.param({"rule": "self.min > 0"}, {"replicas": 1}, "no such key: min evaluating rule", id="missing"),
])
async def test_refused_by_a_rule(api: Cluster, rule: dict[str, Any], spec: dict[str, Any], text: str) -> None:
    await define(api, ruled(rule))
    response = await api.ask("POST", CRONTABS, crontab(**spec))
    assert response.status == 422, content(response)
    assert text in content(response)["message"]


async def test_too_much_work(api: Cluster) -> None:
    rule = "lists.range(1000).all(a, lists.range(1000).all(b, a + b >= self.min))"
    await define(api, ruled({"rule": rule}))
    response = await api.ask("POST", CRONTABS, crontab(min=0))
    assert content(response)["message"].endswith(
        "spec: Invalid value: 'operation cancelled: actual cost limit exceeded': no further validation rules will be "
        f"run due to call cost exceeds limit for rule: {rule}"
    )


async def test_transition(api: Cluster) -> None:
    await define(api, ruled({"rule": "self.replicas >= oldSelf.replicas", "message": "may only grow"}))
    await api.create(CRONTABS, crontab(replicas=3))
    assert (await api.patch(f"{CRONTABS}/c", {"spec": {"replicas": 4}})).status == 200
    refused = await api.patch(f"{CRONTABS}/c", {"spec": {"replicas": 2}})
    assert content(refused)["message"].endswith("spec: Invalid value: may only grow")


async def test_optional_old_self(api: Cluster) -> None:
    rule = {"rule": "oldSelf.hasValue() || self.replicas == 1", "optionalOldSelf": True, "message": "begin with one"}
    await define(api, ruled(rule))
    assert (await api.ask("POST", CRONTABS, crontab(replicas=2))).status == 422
    await api.create(CRONTABS, crontab(replicas=1))
    assert (await api.patch(f"{CRONTABS}/c", {"spec": {"replicas": 2}})).status == 200


@pytest.mark.parametrize(("rule", "text"), [
    pytest.param({"rule": "self.replicas >"}, "compilation failed: ERROR: <input>", id="syntax"),
    pytest.param({"rule": "self.nothing > 1"}, "undefined field 'nothing'", id="field"),
    pytest.param({"rule": "other > 1"}, "undeclared reference to 'other'", id="variable"),
    pytest.param({"rule": "self.replicas.frobnicate()"}, "undeclared reference to 'frobnicate'", id="function"),
    pytest.param({"rule": ""}, "rule: Required value", id="empty"),
    pytest.param({"rule": "self.replicas > self.q"},
                 "ERROR: <input>:1:15: found no matching overload for '_>_' applied to '(int, string)'\n "
                 "| self.replicas > self.q\n | ..............^", id="types"),
    pytest.param({"rule": "self.replicas"}, "cel expression must evaluate to a bool", id="no-bool"),
    pytest.param({"rule": "true", "messageExpression": "1"}, "messageExpression must evaluate to a string",
                 id="no-string"),
    pytest.param({"rule": "true", "reason": "Nope"}, "Unsupported value", id="reason"),
    pytest.param({"rule": "true", "fieldPath": ".nope"}, "does not refer to a valid field", id="path"),
    pytest.param({"rule": "true", "optionalOldSelf": True}, "may not be set if oldSelf is not used", id="optional"),
])
async def test_rules_that_are_refused(api: Cluster, rule: dict[str, Any], text: str) -> None:
    response = await api.ask("POST", DEFINITIONS, ruled(rule))
    assert response.status == 422
    assert text in content(response)["message"]
