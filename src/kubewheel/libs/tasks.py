"""Tasks: the one place that starts them, always in a TaskGroup and always named."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def create_task(group: asyncio.TaskGroup, work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Start `work` in `group` under `name`; the group ends it and reports its errors."""
    return group.create_task(work, name=name)
