"""httpGet: a GET request; a status code from 200 to 399 is success."""

import asyncio

from kubewheel.kubelet import http_get
from kubewheel.kubelet.probes.kinds import Check, Result
from kubewheel.kubelet.targets import NoPort


async def probe(check: Check) -> Result:
    """Send the request."""
    try:
        address = http_get.url(check.target, check.action)
    except NoPort as error:
        return Result(False, str(error), error=True)
    try:
        async with asyncio.timeout(check.seconds):
            code = await http_get.get(address, http_get.headers(check.action))
    except TimeoutError:
        text = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        return Result(False, f'Get "{address}": {text}')
    except http_get.BadAnswer as error:
        return Result(False, f'Get "{address}": {error}')
    except OSError as error:
        reason = http_get.explain(error, check.target.host(check.action), check.target.port(check.action))
        return Result(False, f'Get "{address}": {reason}')
    return Result(200 <= code < 400, "" if 200 <= code < 400 else f"HTTP probe failed with statuscode: {code}")
