"""Send many requests to a server in this process, and say what came back that should not have.

`python -m tests.fuzz [--requests N] [--seed S]`; `--openapi N` adds N requests for every operation of our OpenAPI
documents, which schemathesis makes and which takes a quarter of an hour.
"""

import argparse
import asyncio
import itertools
import re
import sys
import time

from tests.fuzz import wire
from tests.fuzz.requests import Requests
from tests.fuzz.target import Tally, Target

REPORTED = 25
ROUND = 2000  # Requests between two looks at everything.


async def run(count: int, seed: int, *, openapi: int = 0, raw: int = 0) -> Tally:
    """Send requests and return what came back."""
    target = Target()
    async with asyncio.TaskGroup() as group:
        running = await target.start(group)
        await _send(target, count, seed)
        if raw:
            await wire.run(target, seed, raw)
        if openapi:
            from tests.fuzz import from_openapi

            await from_openapi.run(target, seed, openapi)
        running.cancel()
    target.stop()
    return target.tally


async def _send(target: Target, count: int, seed: int) -> None:
    supply = Requests(target.registry, seed)
    for resource in target.registry.resources("fuzz.example.com", "v1"):
        supply.add(resource)
    while target.tally.count < count:
        for request in (*supply.first(), *itertools.islice(supply, ROUND), *supply.last()):
            await target.send(request)


def main() -> int:
    """Run, and print what came back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--openapi", type=int, default=0, help="requests by schemathesis for every operation")
    parser.add_argument("--raw", type=int, default=2_000, help="requests that are hardly HTTP")
    given = parser.parse_args()
    started = time.perf_counter()
    tally = asyncio.run(run(given.requests, given.seed, openapi=given.openapi, raw=given.raw))
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
