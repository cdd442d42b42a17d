"""A bounded pipe of bytes: from the task that receives from a client to the one that feeds a command."""

import asyncio

LIMIT = 256 * 1024


class Pipe:
    """Bytes in, an async iterator out; a writer waits while the reader is behind."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        self._discarding = False
        self._changed = asyncio.Event()
        self.received = 0  # Bytes, those that were dropped included.

    @property
    def has_ended(self) -> bool:
        """Whether the writer has ended it."""
        return self._ended

    async def write(self, data: bytes) -> None:
        """Add `data`; wait while more than the limit is unread."""
        self.received += len(data)
        if not data or self._ended or self._discarding:
            return
        self._chunks.append(data)
        self._size += len(data)
        self._changed.set()
        while self._size > LIMIT and not self._discarding:
            await self._wait()

    def end(self) -> None:
        """Let the reader end once it has read everything."""
        self._ended = True
        self._changed.set()

    def discard(self) -> None:
        """Drop what is unread and what will come: the reader has left."""
        self._discarding = True
        self._chunks.clear()
        self._size = 0
        self._changed.set()

    def __aiter__(self) -> "Pipe":
        return self

    async def __anext__(self) -> bytes:
        while not self._chunks:
            if self._ended or self._discarding:
                raise StopAsyncIteration
            await self._wait()
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self._changed.set()
        return data

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()
