"""Names that wait for the reconciler, each once."""

import asyncio


class Queue:
    """A set of names with somebody who waits for the next one; bounded by the number of definitions."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._filled = asyncio.Event()

    def add(self, name: str) -> None:
        """Let `name` be looked at."""
        self._names[name] = None
        self._filled.set()

    async def next(self) -> str:
        """Return the name that has waited longest."""
        while not self._names:
            self._filled.clear()
            await self._filled.wait()
        name = next(iter(self._names))
        del self._names[name]
        return name
