"""create ConfigMap at 16 connections; get at 16; list 500 of 2,700 at 4; list all at 2"""

from kubewheel.bench import upstream
from kubewheel.bench.clusters import MAPS, Bench, Connected, load_config_maps
from kubewheel.bench.load import percentile, rate
from kubewheel.bench.row import Figure, Row

ANCHORS = (455, 841, 1051, 87, 24)
NAMES = (("create", "/s"), ("p99", " ms"), ("get", "/s"), ("list 500", "/s"), ("list all", "/s"))


async def measure(bench: Bench) -> list[Figure]:
    """Measure the four request rates on one cluster."""
    async with bench.running("--runtime", "simulated", "--nodes", "0") as connected:
        ours = await _measure(connected)
    theirs: list[float] | None = None
    if upstream.name():
        async with upstream.running(bench) as (connected, _):
            theirs = await _measure(connected)
    return [
        Figure(name, ours[index], unit, ANCHORS[index], theirs[index] if theirs else None, more_is_better=unit == "/s")
        for index, (name, unit) in enumerate(NAMES)
    ]


async def _measure(connected: Connected) -> list[float]:
    created, latencies = await load_config_maps(connected, 2700)
    got, _ = await rate(8000, 16, lambda _: connected.get(f"{MAPS}/map-00042"))
    part, _ = await rate(300, 4, lambda _: connected.get(f"{MAPS}?limit=500"))
    whole, _ = await rate(100, 2, lambda _: connected.get(f"{MAPS}?resourceVersion=0"))
    return [created, percentile(latencies, 99) * 1000, got, part, whole]


ROW = Row(("P3", "P4", "P5", "P6"), ">= 4x, p99 <= 50 ms; 6x; 10x; 10x", measure)
