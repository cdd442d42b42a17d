"""Tokens of service accounts for the controllers, asked for when they are needed and again before they end."""

import asyncio
from collections.abc import Mapping

from kubewheel.api.errors import StatusError
from kubewheel.client import Client
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object

NAMESPACE = "kube-system"
TOKEN_SECONDS = 3600
RENEWED_AFTER = 0.8  # of its life


class AccountToken:
    """The token of one service account of the system; the account is made when it does not exist."""

    def __init__(self, client: Client, account: str, clock: Clock) -> None:
        self._client = client
        self._account = account
        self._clock = clock
        self._lock = asyncio.Lock()
        self._header: Mapping[str, str] = {}
        self._renew_at = float("-inf")

    async def header(self) -> Mapping[str, str]:
        """Return the request header with a token that is valid."""
        async with self._lock:
            if self._clock.monotonic() >= self._renew_at:
                token = (await self._ask())["status"]["token"]
                self._renew_at = self._clock.monotonic() + TOKEN_SECONDS * RENEWED_AFTER
                self._header = {"authorization": f"Bearer {token}"}
        return self._header

    async def _ask(self) -> Object:
        request = {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"expirationSeconds": TOKEN_SECONDS},
        }
        try:
            return await self._client.create_subresource(
                "ServiceAccount", self._account, NAMESPACE, "token", request)
        except StatusError as error:
            if error.code != 404:
                raise
        await self._make()
        return await self._client.create_subresource("ServiceAccount", self._account, NAMESPACE, "token", request)

    async def _make(self) -> None:
        metadata = {"name": self._account, "namespace": NAMESPACE}
        try:
            await self._client.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
        except StatusError as error:
            if error.reason != "AlreadyExists":
                raise
