"""grpc: the standard health service; SERVING is success.

https://github.com/grpc/grpc/blob/master/doc/health-checking.md: the request holds the service's name in field 1, the
answer a status in field 1.
"""

from kubewheel.kubelet.probes.kinds import Check, Result
from kubewheel.kubelet.targets import NoPort, bracketed

METHOD = "/grpc.health.v1.Health/Check"
STATUSES = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")
SERVING = 1


def encode_request(service: str) -> bytes:
    """Return the request for `service`; names are shorter than 128 bytes."""
    name = service.encode()
    return b"\x0a" + bytes([len(name)]) + name if name else b""


def decode_status(reply: bytes) -> int:
    """Return the status of an answer; 0 when it names none."""
    return reply[1] if len(reply) >= 2 and reply[0] == 0x08 else 0


async def probe(check: Check) -> Result:
    """Ask the health service."""
    import grpc
    import grpc.aio

    try:
        port = check.target.port(check.action)
    except NoPort as error:
        return Result(False, str(error), error=True)
    address = f"{bracketed(check.target.address)}:{port}"
    async with grpc.aio.insecure_channel(address) as channel:
        call = channel.unary_unary(METHOD)
        try:
            reply = await call(encode_request(check.action.get("service") or ""), timeout=check.seconds)
        except grpc.aio.AioRpcError as error:
            return _explain(error.code().name, str(error.details()), address, check.seconds)
    status = decode_status(reply)
    if status == SERVING:
        return Result(True)
    return Result(False, f'service unhealthy (responded with "{STATUSES[min(status, len(STATUSES) - 1)]}")')


def _explain(code: str, details: str, address: str, seconds: float) -> Result:
    if code == "UNIMPLEMENTED":
        return Result(
            False, "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): " + details
        )
    if code == "DEADLINE_EXCEEDED":
        return Result(False, f"error: health rpc did not complete within {seconds:g}s")
    if code == "UNAVAILABLE":
        return Result(
            False, f'error: failed to connect service "{address}" within {seconds:g}s: connection error: {details}'
        )
    return Result(False, f"error: health rpc probe failed: {details}")
