"""The snapshot: whatever happens in whatever order, all counts are what a recount gives."""

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kubewheel.api import selectors
from kubewheel.scheduler.matches import Condition, Question
from tests.unit.scheduler.conftest import ZONE, anti_affinity, cluster, node, pod, term

NODES = st.sampled_from(["a", "b", "c"])
PODS = st.sampled_from(["p", "q", "r", "s"])
QUESTIONS = [
    Question((Condition(selectors.parse_labels("app=x"), frozenset({"ns"})),)),
    Question((Condition(selectors.parse_labels("app"), None),), with_terminating=True),
    Question(tuple(Condition(selectors.parse_labels(text), None) for text in ("app in (x,y)", "!odd"))),
]


class Model(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.snapshot = cluster()
        self.pods: dict[str, Any] = {}
        self.zones: dict[str, str] = {}

    @rule(name=NODES, zone=st.sampled_from(["", "1", "2"]))
    def set_node(self, name: str, zone: str) -> None:
        self.zones[name] = zone
        self.snapshot.set_node(node(name, labels={ZONE: zone} if zone else {}))

    @rule(name=NODES)
    def remove_node(self, name: str) -> None:
        self.zones.pop(name, None)
        self.snapshot.remove_node(name)

    @rule(
        name=PODS, on=NODES, app=st.sampled_from("xy"), ending=st.booleans(), shy=st.booleans(), cpu=st.integers(0, 2)
    )
    def set_pod(self, name: str, on: str, app: str, ending: bool, shy: bool, cpu: int) -> None:
        extra: dict[str, Any] = {"affinity": anti_affinity(term(app=app))} if shy else {}
        metadata = {"deletionTimestamp": "2024-01-01T00:00:00Z"} if ending else {}
        made = pod(name, on=on, labels={"app": app}, cpu=str(cpu), metadata=metadata, priority=cpu, **extra)
        self.pods[name] = made
        self.snapshot.set_pod(made)

    @rule(name=PODS)
    def remove_pod(self, name: str) -> None:
        self.pods.pop(name, None)
        self.snapshot.remove_pod(f"ns-{name}")

    @rule(name=PODS, on=NODES)
    def assume_and_forget(self, name: str, on: str) -> None:
        if name not in self.pods:
            made = pod(name, labels={"app": "x"})
            self.snapshot.assume(made, on)
            assert self.snapshot.is_assumed(made.uid)
            self.snapshot.forget(made)
            assert not self.snapshot.is_assumed(made.uid)

    @invariant()
    def counts_are_right(self) -> None:
        for name, info in self.snapshot.nodes.items():
            there = [each for each in self.pods.values() if each.node_name == name]
            assert set(info.pods) == {each.uid for each in there}
            assert info.used_cpu == sum(each.template.requests.cpu for each in there)
        for question in QUESTIONS:
            tally = self.snapshot.matches.tally(question)
            wanted = [each for each in self.pods.values() if _is_meant(each, question)]
            assert tally.nodes == Counter(each.node_name for each in wanted)
            zones = [self.zones.get(each.node_name) for each in wanted]
            assert tally.by_domain(ZONE) == Counter(zone for zone in zones if zone)
        holders = Counter(each.node_name for each in self.pods.values() if each.affinity.required_anti)
        held: Counter[str] = Counter()
        for app in "xy":
            for _, nodes in self.snapshot.held_terms.about(pod("n", labels={"app": app}), {}, refusals=True):
                held.update(nodes)
        assert held == holders
        priorities = [each.priority for each in self.pods.values()]
        for level in range(4):
            assert self.snapshot.has_pods_below(level) == any(each < level for each in priorities)
        assert set(map(id, self.snapshot.order)) == set(map(id, self.snapshot.nodes.values()))


def _is_meant(each: Any, question: Question) -> bool:
    if each.is_terminating and not question.with_terminating:
        return False
    return all(condition.selector.matches(each.labels) for condition in question.conditions)


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def test_zones_take_turns() -> None:
    snapshot = cluster(*(node(f"{zone}{number}", labels={ZONE: zone}) for zone in "ab" for number in range(3)))
    assert [info.name for info in snapshot.order] == ["a0", "b0", "a1", "b1", "a2", "b2"]


def test_status_updates_do_not_cost_what_is_remembered() -> None:
    snapshot = cluster(node("a"), pods=[pod("p", on="a")])
    snapshot.nodes["a"].judgements[pod().template] = None  # type: ignore[assignment]
    snapshot.set_pod(pod("p", on="a", status={"phase": "Running"}))
    assert snapshot.nodes["a"].judgements
    assert snapshot.pods["ns-p"].object["status"] == {"phase": "Running"}


def test_nomination_ends_when_the_pod_is_placed() -> None:
    snapshot = cluster(node("a"))
    waiting = pod("p")
    snapshot.nominate(waiting, "a")
    assert snapshot.nominated == {"a": {"ns-p": waiting}}
    snapshot.assume(waiting, "a")
    assert snapshot.nominated == {}
