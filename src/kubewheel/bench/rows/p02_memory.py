"""memory of API server and store (here one process, with controllers): empty / with 2,700 ConfigMaps"""

from kubewheel.bench import upstream
from kubewheel.bench.clusters import Bench, Connected, load_config_maps
from kubewheel.bench.load import rss_megabytes
from kubewheel.bench.row import Figure, Row


async def measure(bench: Bench) -> list[Figure]:
    """Look at the processes before and after the load."""
    async with bench.running("--runtime", "simulated", "--nodes", "0") as connected:
        empty, loaded = await _measure(connected, [connected.process])
    theirs: tuple[float, float] | None = None
    if upstream.name():
        async with upstream.running(bench) as (connected, servers):
            theirs = await _measure(connected, [each.pid for each in servers.processes])
    return [
        Figure("empty", empty, " MB", 377, theirs[0] if theirs else None, more_is_better=False),
        Figure("loaded", loaded, " MB", 540, theirs[1] if theirs else None, more_is_better=False),
    ]


async def _measure(connected: Connected, processes: list[int]) -> tuple[float, float]:
    empty = sum(map(rss_megabytes, processes))
    await load_config_maps(connected, 2700)
    return empty, sum(map(rss_megabytes, processes))


ROW = Row(("P2",), "<= 80 MB / <= 120 MB", measure)
