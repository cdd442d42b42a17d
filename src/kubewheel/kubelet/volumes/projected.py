"""projected: several sources in one directory; a later source wins over an earlier one. In memory only."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.kubelet.volumes import downward_api, files, keys, memory, trust_bundles
from kubewheel.kubelet.volumes.files import Content
from kubewheel.kubelet.volumes.kinds import Mounted, Order, VolumeError

DEFAULT_EXPIRATION = 3600
PRIVATE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class _Part:
    """One source of a volume: its own fields, and where it stands."""

    source: Mapping[str, Any]
    index: int
    mode: int


async def set_up(order: Order) -> Mounted:
    """Write the files of all sources."""
    mode = keys.default_mode(order.source)
    contents: dict[str, Content] = {}
    problems: list[str] = []
    for index, source in enumerate(order.source.get("sources") or ()):
        try:
            contents.update(await _contents(order, source, index, mode))
        except VolumeError as error:
            problems.append(str(error))
    if problems:
        # Every source is asked all the same: what takes time for one of them begins at once.
        raise VolumeError(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
    await asyncio.to_thread(memory.mount, order.directory)
    await asyncio.to_thread(files.write, order.directory, contents, order.fs_group)
    return Mounted(order.directory, read_only=True)


async def _contents(order: Order, source: Mapping[str, Any], index: int, mode: int) -> dict[str, Content]:
    for kind, make in MAKERS.items():
        if source.get(kind) is not None:
            return await make(order, _Part(source[kind], index, mode))
    raise VolumeError(f"projected sources of kind {', '.join(source)} are not supported on this node")


async def _config_map(order: Order, part: _Part) -> dict[str, Content]:
    return keys.of_config_map(order, part.source, part.mode)


async def _secret(order: Order, part: _Part) -> dict[str, Content]:
    return keys.of_secret(order, part.source, part.source["name"], part.mode)


async def _downward(order: Order, part: _Part) -> dict[str, Content]:
    return downward_api.contents(order, part.source.get("items") or (), part.mode)


async def _token(order: Order, part: _Part) -> dict[str, Content]:
    expiration = int(part.source.get("expirationSeconds") or DEFAULT_EXPIRATION)
    token = await order.supply.tokens.token(order.pod, part.source.get("audience") or "", expiration)
    return {files.check_path(part.source["path"]): _guarded(order, token.encode(), part.mode)}


async def _trust_bundle(order: Order, part: _Part) -> dict[str, Content]:
    found = trust_bundles.select(order.supply.bundles.trust_bundles(), part.source)
    data = await asyncio.to_thread(trust_bundles.anchors, found)
    return {files.check_path(part.source["path"]): _guarded(order, data, part.mode)}


async def _certificate(order: Order, part: _Part) -> dict[str, Content]:
    """Return the files of a key and its certificates, together or apart."""
    source = part.source
    found = await order.supply.certificates.credentials(order.pod, order.name, part.index, source)
    wanted = {
        "credentialBundlePath": found.key + found.chain, "keyPath": found.key, "certificateChainPath": found.chain,
    }
    user = source.get("user")
    return {
        files.check_path(source[field]): (
            Content(data, PRIVATE_MODE, int(user)) if user is not None else _guarded(order, data, part.mode)
        )
        for field, data in wanted.items() if source.get(field)
    }


def _guarded(order: Order, data: bytes, mode: int) -> Content:
    """Return a file that nobody else reads where the pod says who reads it."""
    if order.fs_group is not None:
        return Content(data, PRIVATE_MODE)
    user = order.run_as_user
    return Content(data, mode) if user is None else Content(data, PRIVATE_MODE, user)


MAKERS: Mapping[str, Callable[[Order, _Part], Awaitable[dict[str, Content]]]] = {
    "configMap": _config_map, "secret": _secret, "downwardAPI": _downward, "serviceAccountToken": _token,
    "clusterTrustBundle": _trust_bundle, "podCertificate": _certificate,
}
