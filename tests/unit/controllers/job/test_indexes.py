"""Sets of completion indexes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.controllers.job.indexes import Indexes

SETS = st.sets(st.integers(0, 30))


@pytest.mark.parametrize(("text", "completions", "written"), [
    pytest.param("", 5, "", id="none"),
    pytest.param("1", 5, "1", id="one"),
    pytest.param("0,1", 5, "0,1", id="two"),
    pytest.param("0-2", 5, "0-2", id="three"),
    pytest.param("0,1,2,4", 5, "0-2,4", id="merged"),
    pytest.param("1-7,9", 5, "1-4", id="clipped"),
    pytest.param("x,2-y,3", 5, "3", id="unreadable"),
])
def test_notation(text: str, completions: int, written: str) -> None:
    assert str(Indexes.parse(text, completions)) == written


@given(SETS, SETS)
def test_behaves_as_a_set(some: set[int], others: set[int]) -> None:
    one, other = Indexes.of(some), Indexes.of(others)
    assert one | other == Indexes.of(some | others)
    assert one & other == Indexes.of(some & others)
    assert len(one) == len(some)
    assert bool(one) == bool(some)
    assert [number for number in range(32) if number in one] == sorted(some)
    assert Indexes.parse(str(one), 31) == one
    assert one.missing(4, 20) == [number for number in range(20) if number not in some][:4]
    assert one.missing(0, 20) == []
