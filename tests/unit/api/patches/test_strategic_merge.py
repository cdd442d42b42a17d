"""Strategic merge patches."""

import contextlib
import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.api import schema
from kubewheel.api.errors import StatusError
from kubewheel.api.patches import strategic_merge

POD = schema.load().type_of("", "v1", "Pod")
DEPLOYMENT = schema.load().type_of("apps", "v1", "Deployment")
META = schema.load().type_of("", "v1", "ConfigMap")


def merged(original, patch, definition=POD):
    before = copy.deepcopy((original, patch))
    result = strategic_merge.apply(original, patch, definition)
    assert (original, patch) == before
    return result


def spec(**fields):
    return {"spec": fields}


def named(*names, **extra):
    return [{"name": name, **extra} for name in names]


@pytest.mark.parametrize(("original", "patch", "expected"), [
    pytest.param(spec(nodeName="a"), spec(nodeName="b"), spec(nodeName="b"), id="scalar"),
    pytest.param(spec(nodeName="a", hostname="h"), spec(nodeName=None), spec(hostname="h"), id="null"),
    pytest.param({}, spec(nodeName=None, securityContext={"runAsUser": None}), spec(securityContext={}),
    id="null-in-new"),
    pytest.param(spec(nodeSelector={"a": "b"}), spec(nodeSelector={"c": "d"}), spec(nodeSelector={"a": "b",
    "c": "d"}), id="map"),
    pytest.param(
        spec(containers=[{"name": "a", "image": "x"}, {"name": "b"}]), spec(containers=[{"name": "b", "image": "y"}]),
        spec(containers=[{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]), id="list-by-key",
    ),
    pytest.param(
        spec(containers=named("a", "b")), spec(containers=named("c")), spec(containers=named("c", "a",
        "b")), id="new-element",
    ),
    pytest.param(
        spec(containers=named("a", "b", "c")), spec(containers=[{"name": "b", "$patch": "delete"}]),
        spec(containers=named("a", "c")), id="delete-element",
    ),
    pytest.param(
        spec(containers=named("a", "b")), spec(containers=[{"name": "z"},
        {"$patch": "replace"}]), spec(containers=named("z")),
        id="replace-list",
    ),
    pytest.param(
        spec(securityContext={"runAsUser": 1}), spec(securityContext={"$patch": "replace", "fsGroup": 2}),
        spec(securityContext={"fsGroup": 2}), id="replace-map",
    ),
    pytest.param(
        spec(securityContext={"runAsUser": 1}), spec(securityContext={"$patch": "delete"}), spec(securityContext={}),
        id="delete-map",
    ),
    pytest.param(
        spec(tolerations=[{"key": "a"}]), spec(tolerations=[{"key": "b"}]), spec(tolerations=[{"key": "b"}]),
        id="atomic-list",
    ),
    pytest.param(
        spec(containers=[{"name": "a", "args": ["x"]}]), spec(containers=[{"name": "a", "args": ["y"]}]),
        spec(containers=[{"name": "a", "args": ["y"]}]), id="atomic-primitives",
    ),
    pytest.param(
        spec(containers=[{"name": "a", "env": [{"name": "x", "value": "1"}],
        "ports": [{"containerPort": 80, "name": "p"}]}]),
        spec(containers=[{"name": "a", "env": [{"name": "x", "value": "2"}, {"name": "y"}],
        "ports": [{"containerPort": 80}]}]),
        spec(containers=[{
            "name": "a", "env": [{"name": "x", "value": "2"}, {"name": "y"}],
            "ports": [{"containerPort": 80, "name": "p"}],
        }]),
        id="nested-lists",
    ),
    pytest.param(
        spec(volumes=[{"name": "v", "emptyDir": {}}]),
        spec(volumes=[{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/"}}]),
        spec(volumes=[{"name": "v", "hostPath": {"path": "/"}}]), id="retain-keys",
    ),
    pytest.param(
        {}, spec(volumes=[{"name": "v", "$retainKeys": ["name", "emptyDir"], "emptyDir": {"medium": None}}]),
        spec(volumes=[{"name": "v", "emptyDir": {}}]), id="directives-in-new-parts",
    ),
    pytest.param(
        spec(containers=named("a", "b", "c")), {"spec": {"$setElementOrder/containers": named("c", "a", "b")}},
        spec(containers=named("c", "a", "b")), id="order-only",
    ),
    pytest.param(
        spec(containers=named("server", "a", "b")),
        {"spec": {"$setElementOrder/containers": named("b", "n", "a"), "containers": named("n", image="i")}},
        spec(containers=[*named("server", "b"), {"name": "n", "image": "i"}, *named("a")]), id="order-with-server-only",
    ),
    pytest.param(
        spec(), {"spec": {"$setElementOrder/containers": named("a"),
        "containers": named("a")}}, spec(containers=named("a")),
        id="order-of-new-list",
    ),
    pytest.param(spec(), {"spec": {"$setElementOrder/containers": named("a")}}, spec(), id="order-of-nothing"),
    pytest.param(
        spec(containers=named("a", "b")),
        {"spec": {"$setElementOrder/containers": named("b"), "containers": [{"name": "a", "$patch": "delete"}]}},
        spec(containers=named("b")), id="order-with-deletion",
    ),
])
def test_pods(original, patch, expected):
    assert merged(original, patch) == expected


@pytest.mark.parametrize(("original", "patch", "expected"), [
    pytest.param(["a/x"], {"finalizers": ["b/y"]}, ["b/y", "a/x"], id="merge"),
    pytest.param(["a/x"], {"finalizers": ["a/x"]}, ["a/x"], id="no-duplicates"),
    pytest.param(["a/x", "b/y"], {"$deleteFromPrimitiveList/finalizers": ["a/x"]}, ["b/y"], id="delete"),
    pytest.param(["a/x", "b/y"], {"$setElementOrder/finalizers": ["b/y", "a/x"]}, ["b/y", "a/x"], id="order"),
    pytest.param(
        ["a/x", "b/y"],
        {"$setElementOrder/finalizers": ["c/z", "b/y"], "finalizers": ["c/z"],
        "$deleteFromPrimitiveList/finalizers": ["a/x"]},
        ["c/z", "b/y"], id="all-of-it",
    ),
])
def test_lists_of_primitives(original, patch, expected):
    assert merged({"metadata": {"finalizers": original}}, {"metadata": patch})["metadata"]["finalizers"] == expected


def test_retain_keys_of_a_deployment_strategy():
    original = spec(strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})
    patch = spec(strategy={"$retainKeys": ["type"], "type": "Recreate"})
    assert merged(original, patch, DEPLOYMENT) == spec(strategy={"type": "Recreate"})


def test_ports_of_a_service_merge_by_port():
    service = schema.load().type_of("", "v1", "Service")
    original = spec(ports=[{"port": 80, "nodePort": 30000}, {"port": 443}])
    patch = spec(ports=[{"port": 80, "name": "http"}])
    assert merged(original, patch, service) == spec(ports=[{"port": 80, "nodePort": 30000, "name": "http"},
    {"port": 443}])


def test_a_selector_with_the_strategy_replace_is_replaced():
    budget = schema.load().type_of("policy", "v1", "PodDisruptionBudget")
    original = spec(selector={"matchLabels": {"a": "b"}}, minAvailable=1)
    patch = spec(selector={"matchLabels": {"c": "d"}})
    assert merged(original, patch, budget) == spec(selector={"matchLabels": {"c": "d"}}, minAvailable=1)


def test_free_form_maps_merge():
    assert merged({"data": {"a": "1", "b": "2"}}, {"data": {"b": None, "c": "3"}}, META) == {"data": {"a": "1",
    "c": "3"}}


@pytest.mark.parametrize(("original", "patch", "code", "message"), [
    ({}, {"$patch": "spin"}, 400, "unknown patch type: spin in map: map[]"),
    (spec(containers=named("a")), spec(containers=[{"image": "x"}]), 400,
     "map: map[image:x] does not contain declared merge key: name"),
    (spec(containers=named("a")), spec(containers=[{"$patch": "delete"}]), 400,
     "map: map[$patch:delete] does not contain declared merge key: name"),
    (spec(containers=named("a")), spec(containers=[{"name": "a", "$patch": "merge"}]), 400,
     "merging lists cannot yet be specified in the patch"),
    (spec(containers=named("a")), spec(containers=[{"name": "a", "$patch": "x"}]), 400,
     "unknown patch type: x in map: map[$patch:x name:a]"),
    (spec(containers=named("a")), spec(containers=["a"]), 400,
     "list element types are not identical: [[map[name:a]] [a]]"),
    (spec(containers=[]), spec(containers=[[]]), 422, "lists of lists are not supported"),
    ({}, spec(volumes=[{"name": "v", "$retainKeys": ["name"],
    "emptyDir": {}}]), 400, "invalid patch format of retainKeys"),
    ({}, spec(securityContext={"$retainKeys": "x"}), 400, "invalid patch format of retainKeys"),
    ({}, {"metadata": {"$deleteFromPrimitiveList/finalizers": "x"}}, 400, "invalid patch format of primitive list"),
    ({}, {"metadata": {"$setElementOrder/finalizers": "x"}}, 400, "invalid patch format of setElementOrder list"),
    (spec(containers=named("a")), {"spec": {"$setElementOrder/containers": named("a"), "containers": named("b")}}, 400,
     "The order in patch list:\n[map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n"),
    (spec(containers=named("a")), {"spec": {"$setElementOrder/containers": ["a"]}}, 400,
     "expected a map[string]interface {}, but received a string"),
    (spec(), {"spec": {"$setElementOrder/containers": [], "containers": "x"}}, 400,
     "expected a []interface {}, but received a string"),
])
def test_faults(original, patch, code, message):
    with pytest.raises(StatusError) as caught:
        merged(original, patch)
    assert caught.value.code == code
    assert message in caught.value.message


KEYS = st.sampled_from([
    "spec", "metadata", "containers", "volumes", "name", "finalizers", "labels", "$patch", "$retainKeys",
    "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "$setElementOrder/finalizers", "emptyDir",
])
VALUE = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["a", "b", "delete", "replace", "merge"]) | st.integers(0, 2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=15,
)


@given(st.dictionaries(KEYS, VALUE, max_size=4), st.dictionaries(KEYS, VALUE, max_size=4))
def test_nothing_but_status_errors(original, patch):
    with contextlib.suppress(StatusError):
        merged(original, patch)


CONTAINER = st.fixed_dictionaries({"name": st.sampled_from("abcd")}, optional={"image": st.sampled_from("xyz")})
CONTAINERS = st.lists(CONTAINER, max_size=4, unique_by=lambda each: each["name"])


@given(CONTAINERS, CONTAINERS)
def test_patched_elements_are_in_the_result_and_others_stay(old, new):
    result = merged(spec(containers=old), spec(containers=new))["spec"]["containers"]
    by_name = {each["name"]: each for each in result}
    assert len(by_name) == len(result)
    assert set(by_name) == {each["name"] for each in [*old, *new]}
    assert all(by_name[each["name"]].items() >= each.items() for each in new)
    assert [each["name"] for each in result if each in new or each["name"] in {n["name"] for n in new}] == [
        each["name"] for each in new
    ]


@given(CONTAINERS, CONTAINERS)
def test_applying_twice_changes_nothing_more(old, new):
    patch = spec(containers=new)
    once = merged(spec(containers=old), patch)
    assert merged(once, patch) == once
