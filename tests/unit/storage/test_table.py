"""Tables: pages are slices of the sorted whole, whatever the order of puts and removals."""

from hypothesis import given
from hypothesis import strategies as st

from kubewheel.storage import Entry, Key
from kubewheel.storage.table import Place, Table

PLACES = st.tuples(st.sampled_from(["", "a", "a-b", "b"]), st.sampled_from(["x", "y", "y-1", "z"]))


@given(
    st.lists(st.tuples(PLACES, st.booleans())), st.none() | PLACES, st.sampled_from(["", "a", "b"]), st.integers(0, 4)
)
def test_page(changes: list[tuple[Place, bool]], after: Place | None, namespace: str, limit: int) -> None:
    table = Table()
    held: set[Place] = set()
    for place, puts in changes:
        if puts:
            table.put(Entry(Key("r", *place), 1, None, b"{}"))
            held.add(place)
        elif place in held:
            table.remove(*place)
            held.remove(place)
    wanted = sorted(
        place for place in held if (not namespace or place[0] == namespace) and (after is None or place > after)
    )
    assert [entry.key[1:] for entry in table.page(namespace, after, limit)] == wanted[: limit or None]
    assert list(table.places(namespace, after)) == wanted
    assert table.count(namespace, after) == len(wanted)
