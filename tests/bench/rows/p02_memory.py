"""memory of API server + store (one process with controllers): empty / 2,700 ConfigMaps"""

from tests.bench.support import Bench, load_config_maps, rss_megabytes

NUMBER, AIM = "P2", "<= 80 MB / <= 120 MB"


async def measure(bench: Bench) -> str:
    """Look at the process before and after the load."""
    async with bench.running("--runtime", "simulated", "--nodes", "0") as connected:
        process = connected.cluster.process()
        empty = rss_megabytes(process)
        await load_config_maps(connected, 2700)
        return f"{empty:.0f} MB / {rss_megabytes(process):.0f} MB"
