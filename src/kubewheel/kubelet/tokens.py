"""Service account tokens for pods, kept until they near their end, and claims' volumes."""

from dataclasses import dataclass
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.client import Client
from kubewheel.kubelet import pods
from kubewheel.kubelet.volumes.kinds import VolumeError
from kubewheel.libs.clock import Clock, parse_rfc3339
from kubewheel.libs.wire import Object

LONGEST_USE_SECONDS = 24 * 3600
USED_SHARE = 0.8  # A token is renewed when this share of its life is over.


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    expires: float
    renew_at: float


class Tokens:
    """Asks the API for tokens bound to a pod; implements `volumes.kinds.Tokens`."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._tokens: dict[tuple[str, str, int], _Token] = {}

    async def token(self, pod: Object, audience: str, expiration_seconds: int) -> str:
        """Return a token of the pod's service account that is not about to expire; raise VolumeError."""
        key = (pods.uid(pod), audience, expiration_seconds)
        known, now = self._tokens.get(key), self._clock.now()
        if known is not None and now < known.renew_at:
            return known.text
        try:
            fresh = await self._request(pod, audience, expiration_seconds)
        except (StatusError, OSError) as error:
            if known is not None and now < known.expires:
                return known.text
            raise VolumeError(f"failed to fetch token: {error}") from error
        self._tokens[key] = fresh
        return fresh.text

    async def _request(self, pod: Object, audience: str, expiration_seconds: int) -> _Token:
        bound = {"apiVersion": "v1", "kind": "Pod", "name": pods.name(pod), "uid": pods.uid(pod)}
        spec: dict[str, Any] = {
            "audiences": [audience] if audience else [], "expirationSeconds": expiration_seconds,
            "boundObjectRef": bound,
        }
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        account = pods.spec(pod).get("serviceAccountName") or "default"
        answer = await self._client.create_subresource(
            "ServiceAccount", account, pods.namespace(pod), "token", request
        )
        now, expires = self._clock.now(), parse_rfc3339(answer["status"]["expirationTimestamp"])
        renew_at = now + min((expires - now) * USED_SHARE, LONGEST_USE_SECONDS)
        return _Token(str(answer["status"]["token"]), expires, renew_at)

    def forget(self, pod_uid: str) -> None:
        """Drop the tokens of a pod that is gone."""
        for key in [key for key in self._tokens if key[0] == pod_uid]:
            del self._tokens[key]


class Claims:
    """Reads claims and the volumes that they are bound to; implements `volumes.kinds.Claims`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def persistent_volume(self, pod: Object, claim_name: str) -> Object:
        """Return the volume that a claim of the pod's namespace is bound to; raise VolumeError."""
        try:
            claim = await self._client.get("PersistentVolumeClaim", claim_name, pods.namespace(pod))
            volume_name = (claim.get("spec") or {}).get("volumeName")
            if not volume_name or (claim.get("status") or {}).get("phase") != "Bound":
                raise VolumeError(f'PersistentVolumeClaim "{claim_name}" is not bound')
            return await self._client.get("PersistentVolume", volume_name)
        except (StatusError, OSError) as error:
            raise VolumeError(
                f"error processing PVC {pods.namespace(pod)}/{claim_name}: {error}"
            ) from error
