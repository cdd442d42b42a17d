"""Calls of conversion webhooks.

Protocol: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
#webhook-request-and-response
"""

import base64
import random
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from kubewheel.api import errors, metadata
from kubewheel.api.errors import StatusError
from kubewheel.libs.http_client import HttpTransport, Timeouts, Unavailable
from kubewheel.libs.wire import Object, Request
from kubewheel.storage import Key, Store

SECONDS = 30.0
API = "apiextensions.k8s.io"


class WebhookCaller:
    """Asks webhooks over HTTPS; services by their cluster address."""

    def __init__(self, store: Store, randomness: random.Random) -> None:
        self._store = store
        self._randomness = randomness

    async def convert(
        self, webhook: Mapping[str, Any], items: Sequence[Object], source: str, target: str
    ) -> list[dict[str, Any]]:
        """Return the objects in the apiVersion `target`; raise a StatusError."""
        prefix = f"conversion webhook for {source}, Kind={items[0]['kind']} failed"
        known = webhook.get("conversionReviewVersions") or ["v1"]
        version = next(each for each in known if each in ("v1", "v1beta1"))
        uid = metadata.new_uid(self._randomness)
        review = {
            "kind": "ConversionReview", "apiVersion": f"{API}/{version}",
            "request": {"uid": uid, "desiredAPIVersion": target, "objects": list(items)},
        }
        try:
            answer = await self._post(webhook["clientConfig"], review)
        except (Unavailable, OSError, ValueError) as error:
            raise errors.internal(f"{prefix}: {error}") from error
        return _objects(answer, uid, version, len(items), prefix)

    async def _post(self, client: Mapping[str, Any], review: Object) -> Any:
        base, path, name = self._address(client)
        context = ssl.create_default_context()
        if bundle := client.get("caBundle"):
            context = ssl.create_default_context(cadata=base64.b64decode(bundle).decode())
        timeouts = Timeouts(connect=SECONDS, answer=SECONDS)
        transport = HttpTransport(base, context, timeouts=timeouts, server_name=name)
        try:
            response = await transport.send(Request("POST", path, {"timeout": ["30s"]}, body=review))
        finally:
            await transport.close()
        if response.status != 200:
            raise ValueError(f"the server answered with status {response.status}")
        return response.object

    def _address(self, client: Mapping[str, Any]) -> tuple[str, str, str]:
        """Return base URL, path, and the name that the certificate must have."""
        if url := client.get("url"):
            parts = urlsplit(url)
            return f"{parts.scheme}://{parts.netloc}", parts.path or "/", ""
        service = client["service"]
        namespace, name = service["namespace"], service["name"]
        found = self._store.get(Key("services", namespace, name))
        if found is None:
            raise ValueError(f'service "{name}" not found')
        port = service.get("port") or 443
        address = (found.object.get("spec") or {}).get("clusterIP") or ""
        if not address or address == "None":
            raise ValueError(f"service {namespace}/{name} has no address to call")
        host = f"[{address}]" if ":" in address else address
        return f"https://{host}:{port}", service.get("path") or "/", f"{name}.{namespace}.svc"


def _objects(answer: Any, uid: str, version: str, count: int, prefix: str) -> list[dict[str, Any]]:
    response = answer.get("response") if isinstance(answer, dict) else None
    if not isinstance(response, dict):
        raise _failure(f"{prefix}: no response provided")
    if answer.get("kind") != "ConversionReview" or answer.get("apiVersion") != f"{API}/{version}":
        raise _failure(f"{prefix}: expected webhook response of {API}/{version}, Kind=ConversionReview")
    if version == "v1" and response.get("uid") != uid:
        raise _failure(f'{prefix}: expected response.uid="{uid}", got "{response.get("uid", "")}"')
    result = response.get("result") or {}
    if result.get("status") != "Success":
        text = result.get("message") or f"response.result.status was '{result.get('status', '')}', not 'Success'"
        raise _failure(f"{prefix}: {text}")
    found = response.get("convertedObjects") or []
    if len(found) != count:
        text = prefix.removesuffix(" failed")
        raise _failure(f"{text} returned {len(found)} objects, expected {count}")
    return list(found)


def _failure(text: str) -> StatusError:
    return errors.internal(text)
