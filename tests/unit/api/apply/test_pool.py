"""The pool of field sets."""

from kubewheel.api.apply.pool import CAPACITY, Pool


def test_equal_sets_are_one():
    pool = Pool()
    first = pool.shared({"f:a": {}})
    assert pool.shared({"f:a": {}}) is first
    assert pool.shared({"f:b": {}}) is not first


def test_pool_is_bounded():
    pool = Pool()
    for number in range(CAPACITY * 2):
        pool.shared({f"f:{number}": {}})
    assert len(pool._known) <= CAPACITY
