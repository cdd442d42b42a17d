"""Sets of completion indexes."""

import re

import pytest

from kubewheel.api.batch import indexes


@pytest.mark.parametrize(("text", "expected"), [
    pytest.param("", [], id="none"),
    pytest.param("1,3-5,7", [(1, 1), (3, 5), (7, 7)], id="some"),
])
def test_parse(text, expected):
    assert indexes.parse(text, 10) == expected


@pytest.mark.parametrize(("text", "message"), [
    pytest.param("a", 'cannot convert string to integer for index: "a"', id="letters"),
    pytest.param("10", 'too large index: "10"', id="large"),
    pytest.param("1-12", 'too large index: "12"', id="large-end"),
    pytest.param("3-3", "non-increasing order, previous: 3, current: 3", id="empty-interval"),
    pytest.param("3,1", "non-increasing order, previous: 3, current: 1", id="order"),
    pytest.param(
        "1-2-3",
        'the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '
        "'-'",
        id="hyphens",
    ),
])
def test_unreadable(text, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        indexes.parse(text, 10)
    assert str(caught.value) == message


def test_count_and_common():
    assert indexes.count([(1, 1), (3, 5)]) == 4
    assert indexes.first_common([(1, 1), (3, 5)], [(4, 8)]) == 4
    assert indexes.first_common([(1, 1)], [(2, 2)]) is None
