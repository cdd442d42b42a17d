"""How the server's seats are shared between levels."""

import pytest

from kubewheel.api.flowcontrol import bootstrap
from kubewheel.apiserver.fairness import seats
from kubewheel.apiserver.fairness.seats import Limits


def limited(**fields: int) -> dict[str, object]:
    return {"type": "Limited", "limited": fields}


def test_what_every_cluster_starts_with() -> None:
    levels = {each["metadata"]["name"]: each["spec"] for each in bootstrap.priority_levels()}
    assert seats.share(levels, 600) == {
        "exempt": Limits(0, 0, 600), "catch-all": Limits(13, 13, 600), "system": Limits(74, 50, 600),
        "node-high": Limits(98, 73, 600), "leader-election": Limits(25, 25, 600),
        "workload-high": Limits(98, 49, 600), "workload-low": Limits(245, 24, 600),
        "global-default": Limits(49, 24, 600),
    }


@pytest.mark.parametrize(("fields", "expected"), [
    pytest.param({}, Limits(50, 50, 100), id="defaults"),
    pytest.param({"lendablePercent": 50}, Limits(50, 25, 100), id="lends"),
    pytest.param({"borrowingLimitPercent": 0}, Limits(50, 50, 50), id="never-borrows"),
    pytest.param({"borrowingLimitPercent": 40}, Limits(50, 50, 70), id="borrows-a-little"),
    pytest.param({"nominalConcurrencyShares": 0, "borrowingLimitPercent": 0}, Limits(0, 0, 0), id="jail"),
])
def test_limits(fields: dict[str, int], expected: Limits) -> None:
    other = limited(nominalConcurrencyShares=30)
    assert seats.share({"it": limited(**fields), "other": other}, 100)["it"] == expected


def test_nobody_has_shares() -> None:
    assert seats.share({"it": limited(nominalConcurrencyShares=0)}, 100) == {"it": Limits(0, 0, 100)}
