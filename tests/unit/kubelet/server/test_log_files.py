"""Log files: tails, following, rotation, the end of the container."""

import asyncio
from pathlib import Path

import pytest

from kubewheel.kubelet.server import log_files
from kubewheel.kubelet.server.log_options import LogOptions
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.tasks import create_task


def line(text: str, tag: str = "F") -> str:
    return f"2026-01-01T00:00:00Z stdout {tag} {text}\n"


async def stopped() -> bool:
    return False


async def read(path: Path, options: LogOptions) -> str:
    chunks = log_files.read(path, options, stopped, SteppedClock())
    return b"".join([chunk async for chunk in chunks]).decode()


@pytest.mark.parametrize("size", [1, 100, 70_000])
@pytest.mark.parametrize("tail", [None, 0, 1, 2, 5, 10_000])
async def test_tails(tmp_path: Path, size: int, tail: int | None):
    path = tmp_path / "0.log"
    texts = [f"{number}-" + "x" * size for number in range(7)]
    path.write_text("".join(line(text) for text in texts))
    wanted = texts if tail is None else texts[len(texts) - min(len(texts), tail) :]
    assert await read(path, LogOptions(tail_lines=tail)) == "".join(f"{text}\n" for text in wanted)


async def test_a_line_without_end_is_shown_at_the_end(tmp_path: Path):
    path = tmp_path / "0.log"
    path.write_text(line("one") + line("two").rstrip("\n"))
    assert await read(path, LogOptions()) == "one\ntwo\n"
    assert await read(path, LogOptions(tail_lines=1)) == "two\n"


async def test_empty(tmp_path: Path):
    path = tmp_path / "0.log"
    path.touch()
    assert await read(path, LogOptions(tail_lines=3)) == ""


async def test_during_a_rotation_the_last_file_is_shown(tmp_path: Path):
    (tmp_path / "0.log.20260101-000000").write_text(line("older"))
    (tmp_path / "0.log.20260102-000000").write_text(line("newer"))
    (tmp_path / "0.log.20260103-000000.gz").write_text("compressed")
    assert await read(tmp_path / "0.log", LogOptions()) == "newer\n"


class Follower:
    """Follows a file with a clock that the test steps."""

    def __init__(self, path: Path, options: LogOptions) -> None:
        self.clock = SteppedClock()
        self.running = True
        self.seen = ""
        self.path = path
        self.options = options

    async def run(self) -> None:
        async def is_running() -> bool:
            return self.running

        async for chunk in log_files.read(self.path, self.options, is_running, self.clock):
            self.seen += chunk.decode()

    async def step(self, times: int = 3) -> str:
        for _ in range(times):
            self.clock.advance(log_files.POLL_SECONDS)
            for _ in range(5):
                await asyncio.sleep(0)
        return self.seen


async def test_following_across_a_rotation_until_the_container_ends(tmp_path: Path):
    path = tmp_path / "0.log"
    path.write_text(line("zero") + line("one"))
    follower = Follower(path, LogOptions(follow=True, tail_lines=1))
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        task = create_task(group, follower.run(), name="follow")
        assert await follower.step() == "one\n"
        with path.open("a") as log:
            log.write(line("two"))
            log.write(line("thr", "P"))
        assert await follower.step() == "one\ntwo\nthr"
        path.rename(tmp_path / "0.log.1")
        await follower.step()
        with (tmp_path / "0.log.1").open("a") as log:
            log.write(line("ee"))  # The writer has not opened the new file yet.
        path.write_text(line("four"))
        assert await follower.step(6) == "one\ntwo\nthree\nfour\n"
        with path.open("a") as log:
            log.write(line("last"))
        follower.running = False
        assert await follower.step(12) == "one\ntwo\nthree\nfour\nlast\n"
        assert task.done()


async def test_following_an_emptied_file(tmp_path: Path):
    path = tmp_path / "0.log"
    path.write_text(line("a long first line"))
    follower = Follower(path, LogOptions(follow=True))
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        create_task(group, follower.run(), name="follow")
        await follower.step()
        path.write_text(line("new"))
        assert await follower.step() == "a long first line\nnew\n"
        follower.running = False
        await follower.step(12)


async def test_the_limit_ends_following(tmp_path: Path):
    path = tmp_path / "0.log"
    path.write_text(line("one") + line("two"))
    follower = Follower(path, LogOptions(follow=True, limit_bytes=5))
    async with asyncio.timeout(5):
        await follower.run()
    assert follower.seen == "one\nt"
