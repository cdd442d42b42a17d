"""exec: a command in the container; exit code 0 is success."""

from kubewheel.kubelet.probes.kinds import Check, Result
from kubewheel.kubelet.runtime import ExecTimeout, NotFound, RuntimeFailure, RuntimeUnavailable

OUTPUT_BYTES = 10 * 1024


async def probe(check: Check) -> Result:
    """Run the command."""
    command = [str(word) for word in check.action.get("command") or ()]
    try:
        code, stdout, stderr = await check.runtime.exec_sync(check.target.container_id, command, check.seconds)
    except ExecTimeout:
        words = " ".join(command)
        return Result(False, f'command timed out: "{words}" timed out after {check.seconds:g}s')
    except (RuntimeUnavailable, NotFound) as error:
        return Result(False, str(error), error=True)
    except RuntimeFailure as error:
        return Result(False, str(error))
    return Result(code == 0, (stdout + stderr)[:OUTPUT_BYTES].decode(errors="replace"))
