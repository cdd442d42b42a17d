"""Applying configurations: examples, and what holds for all of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.api.apply import shapes
from kubewheel.api.apply.configuration import LAST_APPLIED, Configuration
from kubewheel.api.apply.managers import APPLY, UPDATE, Entry
from kubewheel.api.errors import StatusError

SHAPE = shapes.of_kind("apps", "v1", "Deployment")


def view(content, api_version):
    return (SHAPE, content) if api_version == "apps/v1" else None


def configuration(manager, content, *, force=False, time="t"):
    author = Entry(manager, APPLY, "apps/v1", {}, "", time)
    return Configuration(content, author, view, force)


def apply(manager, content, live, entries=(), *, force=False, time="t"):
    made = configuration(manager, content, force=force, time=time).apply(live, list(entries))
    return made.object, made.entries


def deployment(**spec):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


BARE = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}


def container(**fields):
    return {"template": {"spec": {"containers": [{"name": "c", **fields}]}}}


def refused(manager, content, live, entries):
    with pytest.raises(StatusError) as caught:
        apply(manager, content, live, entries)
    return caught.value


def test_conflict():
    live, entries = apply("a", deployment(replicas=1), {})
    error = refused("b", deployment(replicas=2), live, entries)
    assert (error.code, error.reason) == (409, "Conflict")
    assert error.message == 'Apply failed with 1 conflict: conflict with "a": .spec.replicas'
    assert error.details == {"causes": [
        {"reason": "FieldManagerConflict", "message": 'conflict with "a"', "field": ".spec.replicas"},
    ]}


def test_several_conflicts_are_listed_by_manager():
    live, entries = apply("a", deployment(replicas=1), {})
    live, entries = apply("b", deployment(**container(image="1", command=["x"])), live, entries)
    error = refused("c", deployment(replicas=2, **container(image="2", command=["y"])), live, entries)
    assert error.message == (
        'Apply failed with 3 conflicts: conflicts with "a":\n- .spec.replicas\nconflicts with "b":\n'
        '- .spec.template.spec.containers[name="c"].command\n- .spec.template.spec.containers[name="c"].image'
    )


def test_conflict_with_an_update_names_its_version():
    update = Entry("kubectl-client-side-apply", UPDATE, "apps/v1", {"f:spec": {"f:replicas": {}}})
    error = refused("b", deployment(replicas=2), deployment(replicas=1), [update])
    assert error.message == (
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas'
    )


def test_equal_values_are_shared_and_one_owner_can_leave():
    live, entries = apply("a", deployment(replicas=1), {})
    live, entries = apply("b", deployment(replicas=1), live, entries)
    assert {each.manager for each in entries} == {"a", "b"}
    live, entries = apply("a", deployment(paused=True), live, entries)
    assert live["spec"] == {"replicas": 1, "paused": True}
    live, entries = apply("b", BARE, live, entries)
    assert live["spec"] == {"paused": True}
    assert [each.manager for each in entries] == ["a"]


def test_force_takes_the_field():
    live, entries = apply("a", deployment(replicas=1, paused=True), {})
    live, entries = apply("b", deployment(replicas=2), live, entries, force=True)
    assert live["spec"] == {"replicas": 2, "paused": True}
    assert {each.manager: each.fields for each in entries} == {
        "a": {"f:spec": {"f:paused": {}}}, "b": {"f:spec": {"f:replicas": {}}},
    }


def test_items_go_with_their_owner():
    live, entries = apply("a", deployment(**container(env=[{"name": "A"}, {"name": "B"}])), {})
    live, entries = apply("b", deployment(**container(env=[{"name": "C"}])), live, entries)
    live, entries = apply("a", deployment(**container(env=[{"name": "B"}])), live, entries)
    assert live["spec"]["template"]["spec"]["containers"] == [{"name": "c", "env": [{"name": "B"}, {"name": "C"}]}]


def test_first_apply_to_an_object_without_managers():
    error = refused("a", deployment(replicas=2), deployment(replicas=1), [])
    assert "before-first-apply" in error.message
    _, entries = apply("a", deployment(replicas=1), deployment(replicas=1), [])
    assert {each.manager for each in entries} == {"a", "before-first-apply"}


def test_kubectl_may_change_what_it_applied_on_the_clients_side():
    note = json.dumps(deployment(replicas=1))
    live = deployment(replicas=1, paused=True)
    live["metadata"]["annotations"] = {LAST_APPLIED: note}
    entries = [Entry("kubectl-client-side-apply", UPDATE, "apps/v1", {"f:spec": {"f:replicas": {}, "f:paused": {}}})]
    new, left = apply("kubectl", deployment(replicas=3), live, entries)
    assert new["spec"] == {"replicas": 3, "paused": True}
    assert json.loads(new["metadata"]["annotations"][LAST_APPLIED]) == deployment(replicas=3)
    assert {each.manager for each in left} == {"kubectl", "kubectl-client-side-apply"}
    assert refused("kubectl", deployment(paused=False), live, entries).code == 409
    assert refused("other", deployment(replicas=3), live, entries).code == 409


def test_ignored_fields_are_neither_set_nor_owned():
    author = Entry("a", APPLY, "apps/v1", {})
    content = {**deployment(replicas=1), "status": {"replicas": 5}}
    made = Configuration(content, author, view, ignored=frozenset({"status"})).apply({}, [])
    assert "status" not in made.object
    assert made.entries[0].fields == {"f:spec": {"f:replicas": {}}}


VALUES = st.sampled_from(["1", "2"])
LABELS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)
ENV = st.lists(
    st.builds(lambda name, value: {"name": name, "value": value}, st.sampled_from("ABC"), VALUES),
    max_size=3, unique_by=lambda each: each["name"],
)
CONFIGS = st.builds(
    lambda labels, env, finalizers, replicas: {
        **deployment(**({"replicas": replicas} if replicas else {}), **container(env=env)),
        "metadata": {"name": "web", "labels": labels, "finalizers": finalizers},
    },
    LABELS, ENV, st.lists(st.sampled_from(["x/a", "x/b"]), unique=True, max_size=2), st.integers(0, 2),
)


def owned(entries):
    return {each.manager: each.fields for each in entries}


def plain(value):
    """Return a value without order of items and without what is empty."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item not in ({}, [], None)}
    return sorted((plain(item) for item in value), key=repr) if isinstance(value, list) else value


@given(CONFIGS, CONFIGS)
def test_applying_again_changes_nothing(one, other):
    live, entries = apply("b", other, *apply("a", one, {}), force=True)
    again = apply("b", other, live, entries)
    assert again[0] == live
    assert owned(again[1]) == owned(entries)


@given(CONFIGS, CONFIGS)
def test_who_forces_gets_what_it_applies(one, other):
    live, entries = apply("b", other, *apply("a", one, {}), force=True)
    _, alone = apply("b", other, {})
    assert owned(entries)["b"] == owned(alone)["b"]
    assert apply("b", other, live, entries)[0] == live


@given(CONFIGS, CONFIGS)
def test_what_one_manager_stops_applying_goes(one, other):
    live, _ = apply("a", other, *apply("a", one, {}))
    assert plain(live) == plain(apply("a", other, {})[0])


@given(CONFIGS)
def test_managers_of_different_fields_come_in_any_order(config):
    first = {**config, "spec": {"replicas": 1}}
    second = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
              "spec": {"template": config["spec"]["template"]}}
    one, mine = apply("b", second, *apply("a", first, {}))
    other, theirs = apply("a", first, *apply("b", second, {}))
    assert plain(one) == plain(other)
    assert owned(mine) == owned(theirs)


@given(CONFIGS, CONFIGS)
def test_a_manager_that_leaves_takes_only_its_own(one, other):
    live, entries = apply("b", other, *apply("a", one, {}), force=True)
    left, entries = apply("a", BARE, live, entries)
    again = apply("b", other, left, entries)
    assert plain(again[0]) == plain(left) == plain(apply("b", other, {})[0])
    assert "a" not in owned(entries)
