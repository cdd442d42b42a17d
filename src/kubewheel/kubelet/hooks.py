"""Lifecycle hooks: what a container wants done after its start and before its end."""

import asyncio
from collections.abc import Mapping
from typing import Any

from kubewheel.kubelet import http_get
from kubewheel.kubelet.runtime import Containers, RuntimeFailure, RuntimeUnavailable
from kubewheel.kubelet.targets import NoPort, Target
from kubewheel.libs.clock import Clock

HTTP_SECONDS = 60.0
LONGEST_EXEC_SECONDS = 24 * 3600.0
USER_AGENT = "kube-lifecycle/1.37"


class HookFailed(Exception):
    """The hook did not do what it should."""


async def run(target: Target, handler: Mapping[str, Any], runtime: Containers, clock: Clock) -> None:
    """Carry a hook out; raise HookFailed."""
    if handler.get("exec"):
        await _exec(target, handler["exec"], runtime)
    elif handler.get("httpGet"):
        await _http_get(target, handler["httpGet"])
    elif handler.get("sleep"):
        await clock.sleep(float(handler["sleep"].get("seconds") or 0))
    else:
        raise HookFailed(f"hooks of kind {', '.join(handler)} are not supported")


async def _exec(target: Target, action: Mapping[str, Any], runtime: Containers) -> None:
    command = [str(word) for word in action.get("command") or ()]
    try:
        code, stdout, stderr = await runtime.exec_sync(target.container_id, command, LONGEST_EXEC_SECONDS)
    except (RuntimeFailure, RuntimeUnavailable) as error:
        raise HookFailed(str(error)) from error
    if code:
        output = (stdout + stderr).decode(errors="replace").strip()
        raise HookFailed(f"command '{' '.join(command)}' exited with {code}: {output}")


async def _http_get(target: Target, action: Mapping[str, Any]) -> None:
    try:
        address = http_get.url(target, action)
        async with asyncio.timeout(HTTP_SECONDS):
            code = await http_get.get(address, http_get.headers(action, USER_AGENT))
    except (NoPort, http_get.BadAnswer, OSError) as error:
        raise HookFailed(str(error) or type(error).__name__) from error
    if code >= 400:
        raise HookFailed(f"HTTP hook failed with statuscode: {code}")
