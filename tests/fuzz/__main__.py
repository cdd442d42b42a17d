"""Send many requests to a server in this process: `python -m tests.fuzz [--requests N] [--seed S]`."""

import argparse
import asyncio
import itertools
import re
import sys
import time

from tests.fuzz.requests import Requests
from tests.fuzz.target import Tally, Target

REPORTED = 25
ROUND = 2000  # Requests between two looks at everything.


async def run(count: int, seed: int) -> Tally:
    """Send `count` requests and return what came back."""
    target = Target()
    async with asyncio.TaskGroup() as group:
        running = await target.start(group)
        supply = Requests(target.registry, seed)
        for resource in target.registry.resources("fuzz.example.com", "v1"):
            supply.add(resource)
        while target.tally.count < count:
            for request in (*supply.first(), *itertools.islice(supply, ROUND), *supply.last()):
                await target.send(request)
        running.cancel()
    target.stop()
    return target.tally


def main() -> int:
    """Run, and print what came back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.perf_counter()
    tally = asyncio.run(run(given.requests, given.seed))
    kinds = {re.sub(r"0x[0-9a-f]+|\d+", "", fault.what): fault for fault in reversed(tally.faults)}
    for fault in [*kinds.values()][:REPORTED]:
        print(fault, file=sys.stderr)
    seconds = time.perf_counter() - started
    codes = ", ".join(f"{code}: {number}" for code, number in sorted(tally.codes.items()))
    print(f"{tally.count} requests in {seconds:.1f} s, slowest {tally.slowest * 1000:.0f} ms; {codes}")
    print(f"{len(tally.faults)} faults of {len(kinds)} kinds")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
