"""Labels of namespaces become policies."""

import pytest

from kubewheel.api.pod_security.policy import PREFIX, Level, Policy, Standard, of_labels

DEFAULTS = Policy(Standard(Level.BASELINE, 30), Standard(Level.BASELINE), Standard(Level.RESTRICTED))


def labels(**values: str) -> dict[str, str]:
    return {PREFIX + name.replace("_", "-"): value for name, value in values.items()}


@pytest.mark.parametrize(("given", "expected"), [
    pytest.param({"team": "a"}, DEFAULTS, id="none"),
    pytest.param(
        labels(enforce="restricted"), Policy(Standard(Level.RESTRICTED, 30), DEFAULTS.audit, DEFAULTS.warn), id="level",
    ),
    pytest.param(
        labels(enforce="privileged", enforce_version="v1.25", audit_version="v1.24", warn="privileged"),
        Policy(Standard(Level.PRIVILEGED, 25), Standard(Level.BASELINE, 24), Standard(Level.PRIVILEGED)), id="all",
    ),
    pytest.param(
        labels(enforce_version="latest"), Policy(Standard(Level.BASELINE), DEFAULTS.audit, DEFAULTS.warn), id="latest",
    ),
])
def test_understood(given: dict[str, str], expected: Policy) -> None:
    assert of_labels(given, DEFAULTS) == (expected, [])


def test_not_understood() -> None:
    policy, faults = of_labels(labels(enforce="strict", audit="x", warn="y", warn_version="1.25"), DEFAULTS)
    assert policy == Policy(Standard(Level.RESTRICTED, 30), Standard(Level.PRIVILEGED), Standard(Level.PRIVILEGED))
    assert [str(fault) for fault in faults] == [
        'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": '
        "must be one of privileged, baseline, restricted",
        'metadata.labels[pod-security.kubernetes.io/audit]: Invalid value: "x": '
        "must be one of privileged, baseline, restricted",
        'metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "y": '
        "must be one of privileged, baseline, restricted",
        'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.25": must be "latest" or "v1.x"',
    ]


def test_names_and_order() -> None:
    assert str(Standard(Level.RESTRICTED)) == "restricted:latest"
    assert str(Standard(Level.BASELINE, 25)) == "baseline:v1.25"
    assert Standard(Level.BASELINE).is_laxer_or_equal(Standard(Level.RESTRICTED))
    assert not Standard(Level.RESTRICTED).is_laxer_or_equal(Standard(Level.BASELINE))
    assert not Standard(Level.BASELINE, 25).is_laxer_or_equal(Standard(Level.RESTRICTED))
