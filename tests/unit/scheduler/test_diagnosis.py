"""The message that users see."""

import pytest

from kubewheel.scheduler.diagnosis import Diagnosis
from kubewheel.scheduler.verdict import Verdict

CPU = Verdict("NodeResourcesFit", ("Insufficient cpu",), resolvable=True)
BOTH = Verdict("NodeResourcesFit", ("Insufficient cpu", "Insufficient memory"))
OTHER = Verdict("NodeAffinity", ("node(s) didn't match Pod's node affinity/selector",))


@pytest.mark.parametrize(("found", "message"), [
    pytest.param(Diagnosis(0), "no nodes available to schedule pods", id="no-nodes"),
    pytest.param(Diagnosis(3, {"a": CPU, "b": OTHER, "c": OTHER}), "0/3 nodes are available: 1 Insufficient cpu, "
                 "2 node(s) didn't match Pod's node affinity/selector.", id="counted"),
    pytest.param(Diagnosis(12, {str(number): CPU for number in range(10)} | {"x": BOTH, "y": BOTH}),
                 "0/12 nodes are available: 12 Insufficient cpu, 2 Insufficient memory.", id="sorted-as-text"),
    pytest.param(Diagnosis(3, {"a": CPU}, elsewhere=OTHER), "0/3 nodes are available: 1 Insufficient cpu, "
                 "2 node(s) didn't match Pod's node affinity/selector.", id="others-alike"),
    pytest.param(Diagnosis(3, at_once=Verdict("V", ("pod has unbound immediate PersistentVolumeClaims",))),
                 "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.", id="at-once"),
])
def test_message(found: Diagnosis, message: str) -> None:
    assert found.message() == message


def test_what_preemption_may_turn() -> None:
    found = Diagnosis(3, {"a": CPU, "b": OTHER}, elsewhere=OTHER)
    assert found.resolvable() == ["a"]
    assert found.plugins == {"NodeResourcesFit", "NodeAffinity"}
    assert found.verdict_on("c") is OTHER
