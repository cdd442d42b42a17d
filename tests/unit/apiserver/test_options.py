"""Options of requests."""

from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.apiserver import options
from kubewheel.apiserver.options import DeleteOptions, Position
from kubewheel.libs.wire import Request


def request(**query: str) -> Request:
    return Request("GET", "/", {name: [value] for name, value in query.items()})


def test_write_options() -> None:
    found = options.write_options(request(dryRun="All", fieldValidation="Strict", fieldManager="me"), "CreateOptions")
    assert (found.dry_run, found.field_validation, found.field_manager) == (True, "Strict", "me")
    assert options.write_options(request(), "CreateOptions") is options.NO_OPTIONS


@pytest.mark.parametrize(("query", "message"), [
    pytest.param({"dryRun": "x"}, 'dryRun: Unsupported value: ["x"]: supported values: "All"', id="dry-run"),
    pytest.param({"fieldValidation": "x"}, 'fieldValidation: Unsupported value: "x"', id="validation"),
    pytest.param({"fieldManager": "x" * 129}, "fieldManager: Too long", id="manager"),
])
def test_bad_write_options(query: dict[str, str], message: str) -> None:
    with pytest.raises(StatusError) as caught:
        options.write_options(request(**query), "CreateOptions")
    assert caught.value.code == 422
    assert message in caught.value.message


@pytest.mark.parametrize(("query", "body", "expected"), [
    pytest.param({}, None, DeleteOptions(), id="nothing"),
    pytest.param({"gracePeriodSeconds": "5"}, None, DeleteOptions(grace_seconds=5), id="query"),
    pytest.param({"gracePeriodSeconds": "5"}, {"gracePeriodSeconds": 0}, DeleteOptions(grace_seconds=0), id="body"),
    pytest.param({"propagationPolicy": "Orphan"}, None, DeleteOptions(policy="Orphan"), id="policy"),
    pytest.param({"orphanDependents": "false"}, None, DeleteOptions(orphan=False), id="orphan"),
    pytest.param({}, {"preconditions": {"uid": "u", "resourceVersion": "7"}},
                 DeleteOptions(uid="u", resource_version="7"), id="preconditions"),
    pytest.param({}, {"dryRun": ["All"]}, DeleteOptions(dry_run=True), id="dry-run"),
])
def test_delete_options(query: dict[str, str], body: Any, expected: DeleteOptions) -> None:
    assert options.delete_options(request(**query), body) == expected


def test_two_ways_to_say_how_dependents_go() -> None:
    with pytest.raises(StatusError, match="cannot be both set"):
        options.delete_options(request(), {"orphanDependents": True, "propagationPolicy": "Orphan"})


@pytest.mark.parametrize(("query", "message"), [
    pytest.param({"sendInitialEvents": "true"}, "requires setting resourceVersionMatch to NotOlderThan", id="no-match"),
    pytest.param({"resourceVersionMatch": "Exact"}, "forbidden for watch unless sendInitialEvents", id="match"),
    pytest.param({"sendInitialEvents": "true", "resourceVersionMatch": "Exact"}, "Unsupported value", id="exact"),
])
def test_bad_watch_options(query: dict[str, str], message: str) -> None:
    with pytest.raises(StatusError, match=message):
        options.list_options(request(**query), watch=True)


@pytest.mark.parametrize("place", [("", "node"), ("default", "p"), ("n", "a.b-c")])
def test_positions_travel(place: tuple[str, str]) -> None:
    position = Position(7, place)
    assert options.decode_position(options.encode_position(position)) == position


@pytest.mark.parametrize("token", ["x", "e30", "bm8ganNvbg"])
def test_bad_positions(token: str) -> None:
    with pytest.raises(StatusError, match="continue key is not valid"):
        options.decode_position(token)


def test_revision() -> None:
    assert options.revision("") == 0
    assert options.revision("12") == 12
    with pytest.raises(StatusError):
        options.revision("-1")


@pytest.mark.parametrize(("text", "fault"), [
    ("x", "invalid syntax"), ("1_0", "invalid syntax"), ("\u0663", "invalid syntax"), ("1.5", "invalid syntax"),
    ("9" * 25, "value out of range"), ("9" * 5000, "value out of range"), ("-9223372036854775809",
    "value out of range"),
])
def test_numbers_that_go_does_not_read(text: str, fault: str) -> None:
    for name in ("limit", "timeoutSeconds"):
        with pytest.raises(StatusError) as caught:
            options.list_options(request(**{name: text}))
        assert (caught.value.code, caught.value.message) == (400, f'strconv.ParseInt: parsing "{text}": {fault}')


@pytest.mark.parametrize("text", ["abc", "-1", "1.0", "\u0663", "\u00b2", "1_0", "9" * 30])
def test_versions_that_are_no_numbers(text: str) -> None:
    with pytest.raises(StatusError) as caught:
        options.revision(text)
    assert caught.value.code == 422
    assert f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": ' in caught.value.message
