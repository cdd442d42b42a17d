"""x-kubernetes-validations: what rules refuse, and which rules are refused themselves."""

import asyncio
import time
from typing import Any

import pytest

from tests.component.apiserver.conftest import Cluster, content
from tests.component.custom_resources.conftest import CRONTABS, DEFINITIONS, crontab, define, definition, turns


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


def numbers(rule: str, *, most: int | None = 1500, **more: Any) -> dict[str, Any]:
    """Return a definition with a rule over a list of at most so many numbers."""
    limit = {} if most is None else {"maxItems": most}
    return definition({
        "type": "object", "x-kubernetes-validations": [{"rule": rule, **more}], "properties": {
            "numbers": {"type": "array", "items": {"type": "integer"}, **limit},
        },
    })


SQUARE = "self.numbers.all(x, self.numbers.all(y, x + y >= 0))"


async def test_too_much_work(api: Cluster) -> None:
    await define(api, numbers("self.numbers.all(x, self.numbers.all(y, true))"))
    response = await api.ask("POST", CRONTABS, crontab(numbers=[1] * 1500))
    assert content(response)["message"].endswith(
        "spec: Invalid value: \"object\": 'operation cancelled: actual cost limit exceeded': no further validation "
        "rules will be run due to call cost exceeds limit for rule: self.numbers.all(x, self.numbers.all(y, true))"
    )


async def test_others_are_served_while_a_rule_works(api: Cluster) -> None:
    await define(api, numbers("self.numbers.all(x, self.numbers.all(y, x + y >= 0))", most=1000))
    longest, done = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        while not done.is_set():
            begun = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - begun)

    async with asyncio.TaskGroup() as group:
        group.create_task(watch(), name="watch")
        response = await api.ask("POST", CRONTABS, crontab(numbers=[1] * 370))
        done.set()
    assert response.status == 201
    assert longest < 0.2


ADVICE = (
    "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are "
    "declared)"
)
AT = "spec.validation.openAPIV3Schema"


async def test_estimated_costs(api: Cluster) -> None:
    response = await api.ask("POST", DEFINITIONS, numbers(SQUARE, most=None))
    rule = f"{AT}.properties[spec].x-kubernetes-validations[0].rule"
    assert [(each["field"], each["message"]) for each in content(response)["details"]["causes"]] == [
        (rule, f"Forbidden: estimated rule cost exceeds budget by factor of more than 100x {ADVICE}"),
        (rule, "Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"),
        (AT, "Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds "
             f"budget by factor of more than 100x {ADVICE}"),
    ]


@pytest.mark.parametrize(("most", "factor"), [(1250, "1.094500x"), (2000, "2.8x")])
async def test_estimated_costs_in_figures(api: Cluster, most: int, factor: str) -> None:
    response = await api.ask("POST", DEFINITIONS, numbers(SQUARE, most=most))
    causes = content(response)["details"]["causes"]
    assert [each["message"] for each in causes] == [
        f"Forbidden: estimated rule cost exceeds budget by factor of {factor} {ADVICE}"
    ]


async def test_rules_inside_of_lists_count_as_often_as_items_fit(api: Cluster) -> None:
    item = {"type": "string", "maxLength": 1000, "x-kubernetes-validations": [{"rule": "self.matches('^a{1,9}$')"}]}
    response = await api.ask("POST", DEFINITIONS, definition({
        "type": "object", "properties": {"texts": {"type": "array", "items": item}},
    }))
    assert content(response)["details"]["causes"][0]["message"].startswith("Forbidden: estimated rule cost exceeds")
    bounded = definition({
        "type": "object", "properties": {"texts": {"type": "array", "items": item, "maxItems": 100}},
    })
    assert (await api.ask("POST", DEFINITIONS, bounded)).status == 201


async def test_estimated_cost_of_a_message(api: Cluster) -> None:
    response = await api.ask("POST", DEFINITIONS, numbers(
        "true", messageExpression="self.numbers.map(x, string(x)).join(',')",
    ))
    causes = content(response)["details"]["causes"]
    assert causes[0]["field"].endswith("x-kubernetes-validations[0].messageExpression")
    assert causes[0]["message"].startswith("Forbidden: estimated messageExpression cost exceeds budget by factor of ")


def keyed(rule: dict[str, Any], *, on_item: bool = False) -> dict[str, Any]:
    """Return a definition with a list that is a map, a set, and a rule over the whole or over items of the list."""
    rules = {"x-kubernetes-validations": [rule]}
    item = {
        "type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "maxLength": 9}, "port": {"type": "integer"},
        }, **(rules if on_item else {}),
    }
    return definition({
        "type": "object", **({} if on_item else rules), "properties": {
            "ports": {
                "type": "array", "maxItems": 5, "items": item, "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
            },
            "zones": {
                "type": "array", "maxItems": 5, "items": {"type": "string", "maxLength": 9},
                "x-kubernetes-list-type": "set",
            },
            "replicas": {"type": "integer"},
        },
    })


WEB, DNS = {"name": "web", "port": 80}, {"name": "dns", "port": 53}


async def test_order_means_nothing_in_sets_and_maps(api: Cluster) -> None:
    await define(api, keyed({"rule": "self.ports == oldSelf.ports && self.zones == oldSelf.zones"}))
    await api.create(CRONTABS, crontab(ports=[WEB, DNS], zones=["a", "b"]))
    turned = {"ports": [DNS, WEB], "zones": ["b", "a"]}
    assert (await api.patch(f"{CRONTABS}/c", {"spec": turned})).status == 200
    for change in ({"zones": ["a", "c"]}, {"ports": [DNS, {**WEB, "port": 81}]}, {"ports": [DNS]}):
        assert (await api.patch(f"{CRONTABS}/c", {"spec": {**turned, **change}})).status == 422, change


async def test_sums_of_sets_and_maps(api: Cluster) -> None:
    await define(api, keyed({
        "rule": "(self.zones + ['a', 'z']).size() == self.zones.size() + 1 && (self.ports + self.ports) == self.ports",
    }))
    assert (await api.ask("POST", CRONTABS, crontab(ports=[WEB], zones=["a"]))).status == 201


async def test_items_are_compared_with_those_of_the_same_key(api: Cluster) -> None:
    await define(api, keyed({"rule": "self.port >= oldSelf.port", "message": "no lower port"}, on_item=True))
    await api.create(CRONTABS, crontab(ports=[WEB, DNS]))
    new = {"name": "new", "port": 1}
    assert (await api.patch(f"{CRONTABS}/c", {"spec": {"ports": [new, DNS, WEB]}})).status == 200
    refused = await api.patch(f"{CRONTABS}/c", {"spec": {"ports": [{**WEB, "port": 79}, DNS]}})
    assert content(refused)["message"].endswith("spec.ports[0]: Invalid value: no lower port")


async def test_new_items_under_optional_old_values(api: Cluster) -> None:
    rule = {"rule": "oldSelf.hasValue() || self.port > 1000", "optionalOldSelf": True, "message": "new ports are high"}
    await define(api, keyed(rule, on_item=True))
    high, low = {"name": "high", "port": 8080}, {"name": "low", "port": 80}
    await api.create(CRONTABS, crontab(ports=[high]))
    assert (await api.patch(f"{CRONTABS}/c", {"spec": {"ports": [{**high, "port": 1}]}})).status == 200
    assert (await api.patch(f"{CRONTABS}/c", {"spec": {"ports": [high, low]}})).status == 422


async def test_what_an_update_leaves_alone_is_warned_of(api: Cluster) -> None:
    await define(api, keyed({"rule": "true"}))
    await api.create(CRONTABS, crontab(ports=[WEB, DNS]))
    stored = await api.get(f"{DEFINITIONS}/crontabs.stable.example.com")
    stored["spec"] = keyed({"rule": "self.port < 80", "message": "too high"}, on_item=True)["spec"]
    assert (await api.ask("PUT", f"{DEFINITIONS}/crontabs.stable.example.com", stored)).status == 200
    await turns()
    response = await api.patch(f"{CRONTABS}/c", {"spec": {"replicas": 2}})
    assert response.status == 200
    assert response.headers["Warning"] == '299 - "spec.ports[0]: Invalid value: too high"'
    assert (await api.patch(f"{CRONTABS}/c", {"spec": {"ports": [{**WEB, "port": 81}]}})).status == 422


@pytest.mark.parametrize(("message", "shown"), [
    pytest.param("'at most %d'.format([self.replicas])", "Invalid value: at most 5", id="made"),
    pytest.param("self.nothing", "Invalid value: failed rule: self.replicas < 3", id="failing"),
    pytest.param("'a\\nb'", "Invalid value: failed rule: self.replicas < 3", id="of-two-lines"),
    pytest.param("' '", "Invalid value: failed rule: self.replicas < 3", id="blank"),
])
async def test_messages_that_are_made(api: Cluster, message: str, shown: str) -> None:
    body = definition({
        "type": "object", "properties": {
            "replicas": {"type": "integer"}, "nothing": {"type": "string", "maxLength": 9},
        },
        "x-kubernetes-validations": [{"rule": "self.replicas < 3", "messageExpression": message}],
    })
    await define(api, body)
    response = await api.ask("POST", CRONTABS, crontab(replicas=5))
    assert content(response)["message"].endswith(f"spec: {shown}")


@pytest.mark.parametrize(("rule", "message", "texts"), [
    pytest.param("false", "self.numbers.all(x, self.numbers.all(y, true)) ? 'a' : 'b'", [
        'spec: Invalid value: "object": no further validation rules will be run due to call cost exceeds limit for '
        "messageExpression: \"self.numbers.all(x, self.numbers.all(y, true)) ? 'a' : 'b'\""
    ], id="too-much"),
    pytest.param("false", "'a'.matches('a') ? 'as ' + self.q : ''", ["spec: Invalid value: as q"], id="made"),
])
async def test_messages_that_are_much_work(api: Cluster, rule: str, message: str, texts: list[str]) -> None:
    body = numbers(rule, messageExpression=message)
    spec = body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["q"] = {"type": "string", "maxLength": 9}
    await define(api, body)
    response = await api.ask("POST", CRONTABS, crontab(numbers=[1] * 1500, q="q"))
    assert [f"{each['field']}: {each['message']}" for each in content(response)["details"]["causes"]] == texts


@pytest.mark.parametrize(("rule", "field", "detail"), [
    ({"rule": "true", "message": " "}, "message", "message must be non-empty if specified"),
    ({"rule": "true", "message": "a\nb"}, "message", "message must not contain line breaks"),
    ({"rule": "true ||\nfalse"}, "message", "message must be specified if rule contains line breaks"),
    ({"rule": "true", "messageExpression": " "}, "messageExpression", "messageExpression must be non-empty"),
    ({"rule": "true", "fieldPath": " "}, "fieldPath", "fieldPath must be non-empty if specified"),
])
async def test_forms_of_rules(api: Cluster, rule: dict[str, Any], field: str, detail: str) -> None:
    causes = content(await api.ask("POST", DEFINITIONS, ruled(rule)))["details"]["causes"]
    assert causes[0]["field"] == f"{AT}.properties[spec].x-kubernetes-validations[0].{field}"
    assert detail in causes[0]["message"]


async def test_items_that_cannot_be_told_apart(api: Cluster) -> None:
    item = {"type": "integer", "x-kubernetes-validations": [{"rule": "self >= oldSelf"}]}
    response = await api.ask("POST", DEFINITIONS, definition({
        "type": "object", "properties": {"l": {"type": "array", "maxItems": 9, "items": item}},
    }))
    assert content(response)["details"]["causes"][0]["message"] == (
        'Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within '
        f"{AT}.properties[spec].properties[l]"
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
    pytest.param({"rule": "true", "fieldPath": ".nope"}, "fieldPath must be a valid path", id="path"),
    pytest.param({"rule": "true", "optionalOldSelf": True}, "may not be set if oldSelf is not used", id="optional"),
])
async def test_rules_that_are_refused(api: Cluster, rule: dict[str, Any], text: str) -> None:
    response = await api.ask("POST", DEFINITIONS, ruled(rule))
    assert response.status == 422
    assert text in content(response)["message"]
