"""tcpSocket: a connection that opens is success."""

import asyncio

from kubewheel.kubelet import http_get
from kubewheel.kubelet.probes.kinds import Check, Result
from kubewheel.kubelet.targets import NoPort, bracketed


async def probe(check: Check) -> Result:
    """Open a connection and close it."""
    host = check.target.host(check.action)
    try:
        port = check.target.port(check.action)
    except NoPort as error:
        return Result(False, str(error), error=True)
    try:
        async with asyncio.timeout(check.seconds):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return Result(False, f"dial tcp {bracketed(host)}:{port}: i/o timeout")
    except OSError as error:
        return Result(False, http_get.explain(error, host, port))
    writer.close()
    return Result(True)
