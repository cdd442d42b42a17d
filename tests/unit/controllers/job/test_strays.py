"""Pods that nobody will count any more."""

from typing import Any

import pytest

from kubewheel.controllers.job.strays import is_stray
from kubewheel.reconcile import ownership

from .build import job, pod

FINISHED = {"conditions": [{"type": "Complete", "status": "True"}]}


def owned(owner: Any | None, **options: Any) -> Any:
    found = pod("p", **options)
    if owner is not None:
        found["metadata"]["ownerReferences"] = [ownership.reference_to(owner)]
    return found


@pytest.mark.parametrize(("found", "known", "expected"), [
    pytest.param(owned(job()), job(), False, id="at-work"),
    pytest.param(owned(job()), None, True, id="no-job"),
    pytest.param(owned(job()), {**job(), "metadata": {"name": "work", "uid": "other"}}, True, id="namesake"),
    pytest.param(owned(job()), job(FINISHED), True, id="finished"),
    pytest.param(owned(job()), job(FINISHED, managedBy="example.com/x"), False, id="somebody-elses"),
    pytest.param(owned(None), None, True, id="orphan"),
    pytest.param(owned(job(), tracked=False), None, False, id="free"),
    pytest.param(owned({**job(), "apiVersion": "v1", "kind": "Other"}), None, False, id="other-kind"),
])
def test_is_stray(found: Any, known: Any, expected: bool) -> None:
    assert is_stray(found, known) is expected
