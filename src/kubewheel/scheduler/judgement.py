"""What is known about pods of one shape on one node, from that node alone."""

from typing import NamedTuple

from kubewheel.scheduler.verdict import Verdict


class Judgement(NamedTuple):
    """The verdict, or, without one, the scores: a finished sum and two that still have to be compared over nodes."""

    verdict: Verdict | None
    score: int = 0
    preference: int = 0  # sum of the weights of the preferred node affinity terms that hold
    dislikes: int = 0  # untolerated taints of effect PreferNoSchedule
