"""Spread constraints."""

import pytest

from kubewheel.api.validation import topology_spread

GOOD = {
    "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"app": "web"}},
}


@pytest.mark.parametrize(("change", "expected"), [
    pytest.param({}, [], id="fine"),
    pytest.param({"minDomains": 2, "nodeAffinityPolicy": "Honor", "matchLabelKeys": ["hash"]}, [], id="all-fields"),
    pytest.param({"maxSkew": 0}, ["maxSkew: Invalid value: 0: must be greater than zero"], id="skew"),
    pytest.param({"topologyKey": ""}, ["topologyKey: Required value: can not be empty"], id="topology"),
    pytest.param(
        {"whenUnsatisfiable": "Never"},
        [
            'whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"'
        ],
        id="action",
    ),
    pytest.param(
        {"minDomains": 0}, ["minDomains: Invalid value: 0: must be greater than zero"], id="no-domains",
    ),
    pytest.param(
        {"minDomains": 2, "whenUnsatisfiable": "ScheduleAnyway"},
        [
            "minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not "
            "ScheduleAnyway"
        ],
        id="domains-anyway",
    ),
    pytest.param(
        {"nodeTaintsPolicy": "x"}, ['nodeTaintsPolicy: Unsupported value: "x": supported values: "Honor", "Ignore"'],
        id="policy",
    ),
    pytest.param(
        {"matchLabelKeys": ["a"], "labelSelector": None},
        ["matchLabelKeys: Forbidden: must not be specified when labelSelector is not set"], id="keys-without-selector",
    ),
    pytest.param(
        {"matchLabelKeys": ["app"], "labelSelector": {
            "matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}],
        }},
        ['matchLabelKeys[0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector'], id="key-twice",
    ),
])
def test_constraint(change, expected):
    found = topology_spread.validate_topology_spread([{**GOOD, **change}], "p")
    assert [str(fault) for fault in found] == [f"p[0].{text}" for text in expected]


def test_one_constraint_of_each_kind():
    assert [str(fault) for fault in topology_spread.validate_topology_spread([GOOD, {**GOOD, "maxSkew": 2}], "p")] == [
        'p[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"'
    ]
