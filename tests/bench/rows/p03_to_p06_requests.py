"""create at 16 connections; get at 16; list 500 of 2,700 at 4; list all at 2"""

from tests.bench.support import Bench, load_config_maps, percentile, rate

NUMBER, AIM = "P3-6", ">= 4x, 6x, 10x, 10x"


async def measure(bench: Bench) -> str:
    """Measure the four request rates on one cluster."""
    path = "/api/v1/namespaces/default/configmaps"
    async with bench.running("--runtime", "simulated", "--nodes", "0") as connected:
        created, latencies = await load_config_maps(connected, 2700)
        got, _ = await rate(8000, 16, lambda _: connected.get(f"{path}/map-00042"))
        part, _ = await rate(300, 4, lambda _: connected.get(f"{path}?limit=500"))
        whole, _ = await rate(100, 2, lambda _: connected.get(f"{path}?resourceVersion=0"))
    worst = percentile(latencies, 99) * 1000
    return (f"{created:.0f}/s p99 {worst:.0f} ms ({created / 455:.1f}x); {got:.0f}/s ({got / 1051:.1f}x); "
            f"{part:.0f}/s ({part / 87:.1f}x); {whole:.0f}/s ({whole / 24:.1f}x)")
