"""Affinity between pods: company, enemies, refusers; weights."""

from typing import Any

import pytest

from kubewheel.scheduler.plugins import inter_pod_affinity
from kubewheel.scheduler.plugins.inter_pod_affinity.refusals import BAD_COMPANY, NO_COMPANY, UNWELCOME
from kubewheel.scheduler.verdict import Verdict
from tests.unit.scheduler.conftest import HOSTNAME, ZONE, Things, affinity, anti_affinity, cluster, node, pod, term

NODES = [node("a1", labels={ZONE: "a"}), node("a2", labels={ZONE: "a"}), node("b1", labels={ZONE: "b"})]
DB = {"app": "db"}
WEB = {"app": "web"}


def verdicts(snapshot: Any, incoming: Any) -> dict[str, Verdict | None]:
    check = inter_pod_affinity.FILTER.prepare(incoming, snapshot)
    if check is None:
        return dict.fromkeys(snapshot.nodes)
    assert not isinstance(check, Verdict)
    return {name: check.verdict(info) for name, info in snapshot.nodes.items()}


@pytest.mark.parametrize(("there", "incoming", "expected"), [
    pytest.param({"labels": DB}, {"affinity": affinity(term(ZONE, app="db"))}, [None, None, NO_COMPANY], id="zone"),
    pytest.param({"labels": DB}, {"affinity": affinity(term(HOSTNAME, app="db"))}, [None, NO_COMPANY, NO_COMPANY],
                 id="host"),
    pytest.param({"labels": DB, "namespace": "other"}, {"affinity": affinity(term(ZONE, app="db"))},
                 [NO_COMPANY] * 3, id="other-namespace"),
    pytest.param({"labels": DB, "namespace": "other"},
                 {"affinity": affinity({**term(ZONE, app="db"), "namespaces": ["other"]})}, [None, None, NO_COMPANY],
                 id="named-namespace"),
    pytest.param({"labels": DB, "namespace": "other"},
                 {"affinity": affinity({**term(ZONE, app="db"), "namespaceSelector": {}})}, [None, None, NO_COMPANY],
                 id="all-namespaces"),
    pytest.param({"labels": DB}, {"labels": WEB, "affinity": affinity(term(ZONE, app="web"))}, [None] * 3,
                 id="first-of-its-group"),
    pytest.param({"labels": WEB}, {"labels": WEB, "affinity": affinity(term(ZONE, app="web"))},
                 [None, None, NO_COMPANY], id="second-of-its-group"),
    pytest.param({"labels": DB}, {"affinity": affinity(term(ZONE, app="db"), term(ZONE, tier="x"))},
                 [NO_COMPANY] * 3, id="all-terms-or-none"),
    pytest.param({"labels": DB}, {"affinity": anti_affinity(term(ZONE, app="db"))}, [BAD_COMPANY, BAD_COMPANY, None],
                 id="enemies"),
    pytest.param({"labels": DB, "affinity": anti_affinity(term(HOSTNAME, app="web"))}, {"labels": WEB},
                 [UNWELCOME, None, None], id="refusers"),
    pytest.param({"labels": DB, "affinity": anti_affinity(term("rack", app="web"))}, {"labels": WEB}, [None] * 3,
                 id="no-such-label"),
])
def test_required_terms(there: Any, incoming: Any, expected: list[Verdict | None]) -> None:
    snapshot = cluster(*NODES, pods=[pod("there", on="a1", **there)])
    assert list(verdicts(snapshot, pod("new", **incoming)).values()) == expected


def test_namespace_selector_reads_namespace_labels() -> None:
    things = Things()
    for name, team in (("other", "x"), ("third", "y")):
        things.add("Namespace", {"metadata": {"name": name, "labels": {"team": team}}})
    chosen = {**term(ZONE, app="db"), "namespaceSelector": {"matchLabels": {"team": "x"}}}
    there = [pod("p", on="a1", labels=DB, namespace="other"), pod("q", on="b1", labels=DB, namespace="third")]
    snapshot = cluster(*NODES, pods=there, things=things)
    assert list(verdicts(snapshot, pod("new", affinity=affinity(chosen))).values()) == [None, None, NO_COMPANY]
    held = cluster(*NODES, pods=[pod("h", on="a1", affinity=anti_affinity(chosen))], things=things)
    assert verdicts(held, pod("n", labels=DB, namespace="other"))["a1"] is UNWELCOME
    assert verdicts(held, pod("n", labels=DB, namespace="third"))["a1"] is None


def test_check_follows_pods_that_leave_and_come() -> None:
    enemy = pod("e", on="a1", labels=DB)
    snapshot = cluster(*NODES, pods=[enemy])
    check: Any = inter_pod_affinity.FILTER.prepare(pod("n", affinity=anti_affinity(term(app="db"))), snapshot)
    first, second = snapshot.nodes["a1"], snapshot.nodes["a2"]
    assert check.moved(first, [enemy], ()).verdict(first) is None
    assert check.moved(second, (), [pod("f", labels=DB)]).verdict(second) is BAD_COMPANY
    assert check.verdict(first) is BAD_COMPANY


def test_weights_rank_nodes() -> None:
    there = [
        pod("d", on="a1", labels=DB), pod("w", on="b1", labels=WEB),
        pod("fan", on="b1", affinity=affinity(preferred=[(20, term(HOSTNAME, app="new"))])),
    ]
    snapshot = cluster(*NODES, pods=there)
    wishes = {
        **affinity(preferred=[(50, term(HOSTNAME, app="db"))]), **anti_affinity(preferred=[(30, term(ZONE, app="web"))])
    }
    incoming = pod("n", labels={"app": "new"}, affinity=wishes)
    # Sums: 50, 0, -30 + 20.
    assert inter_pod_affinity.SCORE.scores(incoming, snapshot, list(snapshot.nodes.values())) == [100, 16, 0]


def test_pod_without_ties_is_not_ranked() -> None:
    assert inter_pod_affinity.SCORE.scores(pod(), cluster(*NODES), []) is None
