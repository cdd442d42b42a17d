"""The queues of a level, and the seats that levels lend each other."""

from typing import Any

from kubewheel.apiserver.fairness import queues
from kubewheel.apiserver.fairness.classification import Schema
from kubewheel.apiserver.fairness.queues import Level, Waiter
from kubewheel.apiserver.fairness.seats import Limits, Pool

SCHEMA = Schema("x", "", {})
QUEUING = {"type": "Limited", "limited": {"limitResponse": {"queuing": {
    "queues": 8, "handSize": 2, "queueLengthLimit": 50,
}}}}


def level(pool: Pool, nominal: int, least: int | None = None, most: int = 100, **spec: Any) -> Level:
    made = Level("it", pool)
    made.configure("uid", spec or QUEUING, Limits(nominal, nominal if least is None else least, most))
    pool.size += nominal - made.limits.least
    return made


def wait(it: Level, hand: tuple[int, ...], seats: int = 1, about: Any = None) -> Waiter:
    waiter = queues.new_waiter(seats, SCHEMA, "", 0.0, about)
    it.enqueue(it.shortest(hand), waiter)
    return waiter


async def test_a_heavy_flow_does_not_drown_out_a_light_one() -> None:
    it = level(Pool(), 1, most=1)
    it.take(1)
    heavy = [wait(it, (0,)) for _ in range(20)]
    light = [wait(it, (1,)) for _ in range(3)]
    order = []
    for _ in range(8):
        it.give_back(1)
        order += [("light" if each in light else "heavy") for each in (*light, *heavy)
                  if each.future.done() and each.about is None]
        for each in (*light, *heavy):
            if each.future.done():
                each.about = "seen"
    assert order[:6].count("light") == 3


async def test_long_requests_count_for_more() -> None:
    it = level(Pool(), 1, most=1)
    it.take(1)
    slow, quick = it.shortest((0,)), it.shortest((1,))
    for queue in (slow, slow, quick, quick, quick):
        it.enqueue(queue, queues.new_waiter(1, SCHEMA, "", 0.0, None))
    it.give_back(1)
    assert slow.executing == 1
    it.done(slow, 1, 5.0)
    for _ in range(3):
        it.give_back(1)
        it.done(quick, 1, 0.003)
    assert (len(slow.waiters), len(quick.waiters)) == (1, 0)


async def test_the_queue_with_least_to_do_is_chosen() -> None:
    it = level(Pool(), 0, most=0)
    wait(it, (3, 5), seats=4)
    wait(it, (3, 5))
    wait(it, (3, 5))
    assert {index: queue.wanted for index, queue in it.queues.items()} == {3: 4, 5: 2}


def test_seats_are_lent_and_come_back() -> None:
    pool = Pool()
    lender, borrower = level(pool, 4, least=1), level(pool, 2)
    for _ in range(5):
        assert borrower.has_room(1)
        borrower.take(1)
    assert not borrower.has_room(1)
    assert lender.has_room(1)
    lender.take(1)
    assert not lender.has_room(1)
    borrower.give_back(1)
    assert lender.has_room(1)
    assert pool.used == 2


async def test_a_free_seat_goes_to_who_has_least_of_its_share() -> None:
    pool = Pool()
    lender, borrower = level(pool, 4, least=1), level(pool, 2)
    for _ in range(5):
        borrower.take(1)
    lender.take(1)
    greedy, wanting = wait(borrower, (0,)), wait(lender, (0,))
    borrower.give_back(1)
    assert wanting.future.done()
    assert not greedy.future.done()


async def test_exempt_requests_never_wait_and_take_no_more_than_their_share_of_the_pool() -> None:
    pool = Pool()
    exempt = level(pool, 2, least=0, type="Exempt")
    for _ in range(500):
        assert exempt.has_room(1)
        exempt.take(1)
    assert pool.used == 2


async def test_who_gives_up_leaves_its_place() -> None:
    pool = Pool()
    it = level(pool, 1, most=1)
    it.take(1)
    queue = it.shortest((0,))
    first, second = (queues.new_waiter(1, SCHEMA, "", 0.0, None) for _ in range(2))
    it.enqueue(queue, first)
    it.enqueue(queue, second)
    it.leave(queue, first)
    it.leave(queue, first)
    it.give_back(1)
    assert (first.future.done(), second.future.done(), it.waiting) == (False, True, 0)


def test_wide_requests_fit_at_last() -> None:
    it = level(Pool(), 3, most=3)
    assert [it.fit(seats) for seats in (1, 3, 10)] == [1, 3, 3]
