"""Both engines behave like a dict with a counter, whatever is done to them in whatever order."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kubewheel.storage import Compacted, Conflict
from kubewheel.storage.history import Window
from kubewheel.storage.memory import MemoryStore
from kubewheel.storage.sqlite import SqliteStore
from tests.unit.storage.conftest import AnyStore, at, thing

NAMES = st.sampled_from(["a", "b", "c-d", "c"])
NAMESPACES = st.sampled_from(["", "m", "m-n"])
WINDOW = Window(events=12)
State = dict[tuple[str, str], tuple[int, Any]]


class Model(RuleBasedStateMachine):
    """The model keeps the state at every revision."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.runner.run(self.open())
        self.states: list[State] = [{}, {}]  # By revision; 0 and 1 are empty.

    async def open(self) -> AnyStore:
        return MemoryStore(WINDOW)

    def write(self, namespace: str, name: str, value: int | None, expected: int) -> None:
        state = self.states[-1]
        there = state.get((namespace, name))
        is_right = (there[0] if there else 0) == expected and not (value is None and there is None)
        body = thing(name, namespace, x=value) if value is not None else None
        if not is_right:
            with pytest.raises(Conflict) as caught:
                self.runner.run(self.store.write(at(name, namespace), body, expected=expected))
            current = caught.value.current
            assert (current.revision if current else None) == (there[0] if there else None)
            return
        entry = self.runner.run(self.store.write(at(name, namespace), body, expected=expected))
        assert entry.revision == len(self.states)
        changed = {key: kept for key, kept in state.items() if key != (namespace, name)}
        if value is not None:
            changed[namespace, name] = (entry.revision, value)
        self.states.append(changed)

    @rule(namespace=NAMESPACES, name=NAMES, value=st.integers(0, 3) | st.none())
    def write_fresh(self, namespace: str, name: str, value: int | None) -> None:
        there = self.states[-1].get((namespace, name))
        self.write(namespace, name, value, there[0] if there else 0)

    @rule(namespace=NAMESPACES, name=NAMES, value=st.integers(0, 3) | st.none(), expected=st.integers(0, 20))
    def write_blind(self, namespace: str, name: str, value: int | None, expected: int) -> None:
        self.write(namespace, name, value, expected)

    @rule(namespace=NAMESPACES, back=st.integers(0, 14), limit=st.integers(0, 3))
    def list_past(self, namespace: str, back: int, limit: int) -> None:
        revision = max(1, len(self.states) - 1 - back)
        wanted = {key: kept for key, kept in self.states[revision].items() if not namespace or key[0] == namespace}
        got: State = {}
        after = None
        while True:
            try:
                page = self.store.list("things", namespace, limit=limit, after=after, revision=revision)
            except Compacted:
                assert back >= WINDOW.events
                return
            got.update({entry.key[1:]: (entry.revision, entry.object["x"]) for entry in page.entries})
            assert page.more == len(wanted) - len(got)
            if not page.more:
                break
            after = page.entries[-1].key[1:]
        assert list(got.items()) == sorted(wanted.items())

    @rule(back=st.integers(1, 14))
    @precondition(lambda self: len(self.states) > 2)
    def replay(self, back: int) -> None:
        revision = max(1, len(self.states) - 1 - back)
        try:
            watch = self.store.watch("things", revision=revision)
        except Compacted:
            assert back >= WINDOW.events
            return
        state = dict(self.states[revision])
        count = len(self.states) - 1 - revision
        for event in self.runner.run(anext_of(watch)) if count else ():
            key = event.entry.key[1:]
            assert (event.previous["x"] if event.previous else None) == (state[key][1] if key in state else None)
            assert event.type == ("DELETED" if key not in self.states[event.revision] else
                                  "MODIFIED" if key in state else "ADDED")
            state.pop(key, None)
            if event.type != "DELETED":
                state[key] = (event.revision, event.entry.object["x"])
            assert state == self.states[event.revision]
        assert state == self.states[-1]
        watch.close()

    @invariant()
    def is_like_the_model(self) -> None:
        snapshot = self.store.list("things")
        assert snapshot.revision == self.store.revision == len(self.states) - 1
        assert [(entry.key[1:], (entry.revision, entry.object["x"])) for entry in snapshot.entries] == sorted(
            self.states[-1].items()
        )

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()


async def anext_of(watch: Any) -> Any:
    return await anext(aiter(watch))


class SqliteModel(Model):
    """The same, with restarts."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        super().__init__()

    async def open(self) -> AnyStore:
        return await SqliteStore.open(self.directory / "state.db", WINDOW)

    @rule()
    def restart(self) -> None:
        self.runner.run(self.store.close())
        self.store = self.runner.run(self.open())

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.directory)


TestMemory = Model.TestCase
TestMemory.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestSqlite = SqliteModel.TestCase
TestSqlite.settings = settings(max_examples=10, stateful_step_count=30, deadline=None)
