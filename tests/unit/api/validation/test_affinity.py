"""Affinity."""

import pytest

from kubewheel.api.validation import affinity

SELECTOR = {"matchLabels": {"app": "web"}}
TERM = {"topologyKey": "kubernetes.io/hostname", "labelSelector": SELECTOR}


def validate(kind, when, terms):
    return [str(fault) for fault in affinity.validate_affinity({kind: {when: terms}}, "p")]


@pytest.mark.parametrize(("term", "expected"), [
    pytest.param(TERM, [], id="fine"),
    pytest.param({**TERM, "topologyKey": ""}, [".topologyKey: Required value: can not be empty"], id="no-topology"),
    pytest.param({**TERM, "namespaces": ["A"]}, ['.namespace: Invalid value: "A"'], id="namespace"),
    pytest.param(
        {**TERM, "labelSelector": {"matchLabels": {"a": "b c"}}}, ['.labelSelector.matchLabels: Invalid value: "b c"'],
        id="selector",
    ),
    pytest.param(
        {"topologyKey": "a", "matchLabelKeys": ["app"]},
        [".matchLabelKeys: Forbidden: must not be specified when labelSelector is not set"], id="keys-without-selector",
    ),
    pytest.param(
        {**TERM, "matchLabelKeys": ["a"], "mismatchLabelKeys": ["a"]},
        ['.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys'], id="keys-both",
    ),
    pytest.param(
        {**TERM, "matchLabelKeys": ["app"], "labelSelector": {
            **SELECTOR, "matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}],
        }},
        ['[0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector'], id="key-twice",
    ),
])
@pytest.mark.parametrize("kind", ["podAffinity", "podAntiAffinity"])
def test_pod_terms(kind, term, expected):
    found = validate(kind, affinity.REQUIRED, [term])
    prefix = f"p.{kind}.{affinity.REQUIRED}[0]"
    kept = [text for text in found if "name part" not in text]
    assert len(kept) == len(expected)
    assert all(text.startswith(prefix + start) for text, start in zip(kept, expected, strict=True))


def test_keys_that_were_merged_once_are_fine():
    merged = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}
    term = {**TERM, "matchLabelKeys": ["app"], "labelSelector": merged}
    assert validate("podAffinity", affinity.REQUIRED, [term]) == []


@pytest.mark.parametrize("weight", [0, 101])
def test_weights(weight):
    expected = f"Invalid value: {weight}: must be in the range 1-100"
    assert validate("podAffinity", affinity.PREFERRED, [{"weight": weight, "podAffinityTerm": TERM}]) == [
        f"p.podAffinity.{affinity.PREFERRED}[0].weight: {expected}"
    ]
    assert validate("nodeAffinity", affinity.PREFERRED, [{"weight": weight, "preference": {}}]) == [
        f"p.nodeAffinity.{affinity.PREFERRED}[0].weight: {expected}"
    ]


def test_node_affinity_needs_terms():
    assert validate("nodeAffinity", affinity.REQUIRED, {}) == [
        f"p.nodeAffinity.{affinity.REQUIRED}.nodeSelectorTerms: Required value: must have at least one node selector "
        "term"
    ]
    assert affinity.validate_affinity(None, "p") == affinity.validate_affinity({}, "p") == []
