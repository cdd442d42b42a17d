"""Tokens are kept until they near their end."""

from typing import Any

import pytest

from kubewheel.api import errors
from kubewheel.kubelet.tokens import Claims, Tokens
from kubewheel.kubelet.volumes.kinds import VolumeError
from kubewheel.libs.clock import SteppedClock, rfc3339
from tests.unit.kubelet.build import UID, pod


class Api:
    """Issues tokens that live an hour, and knows two claims."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.requests: list[dict[str, Any]] = []
        self.down = False

    async def create_subresource(self, kind: str, name: str, namespace: str, subresource: str, obj: Any) -> Any:
        if self.down:
            raise errors.unavailable("down")
        self.requests.append(obj["spec"])
        expires = rfc3339(self.clock.now() + 3600)
        return {"status": {"token": f"{name}-{len(self.requests)}", "expirationTimestamp": expires}}

    async def get(self, kind: str, name: str, namespace: str = "") -> Any:
        if kind == "PersistentVolume":
            return {"metadata": {"name": name}}
        if name == "none":
            raise errors.not_found("", "persistentvolumeclaims", name)
        bound = {"phase": "Bound"} if name == "bound" else {"phase": "Pending"}
        return {"spec": {"volumeName": "disk"}, "status": bound}


async def test_renewal() -> None:
    clock = SteppedClock()
    api = Api(clock)
    tokens = Tokens(api, clock)  # type: ignore[arg-type]
    subject = pod(serviceAccountName="robot")
    assert await tokens.token(subject, "", 3607) == "robot-1"
    clock.advance(2000)
    assert await tokens.token(subject, "", 3607) == "robot-1"
    clock.advance(1000)
    api.down = True
    assert await tokens.token(subject, "", 3607) == "robot-1"
    api.down = False
    assert await tokens.token(subject, "", 3607) == "robot-2"
    assert api.requests[0] == {
        "audiences": [], "expirationSeconds": 3607,
        "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "web", "uid": UID},
    }
    assert await tokens.token(subject, "vault", 3607) == "robot-3"
    tokens.forget(UID)
    assert await tokens.token(subject, "", 3607) == "robot-4"


async def test_fault() -> None:
    api = Api(SteppedClock())
    api.down = True
    with pytest.raises(VolumeError, match="failed to fetch token: down"):
        await Tokens(api, api.clock).token(pod(), "", 1)  # type: ignore[arg-type]


async def test_claims() -> None:
    claims = Claims(Api(SteppedClock()))  # type: ignore[arg-type]
    assert (await claims.persistent_volume(pod(), "bound"))["metadata"]["name"] == "disk"
    with pytest.raises(VolumeError, match='PersistentVolumeClaim "open" is not bound'):
        await claims.persistent_volume(pod(), "open")
    with pytest.raises(VolumeError, match='persistentvolumeclaims "none" not found'):
        await claims.persistent_volume(pod(), "none")
