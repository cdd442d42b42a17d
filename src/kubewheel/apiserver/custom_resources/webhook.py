"""Calls of conversion webhooks.

Protocol: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
#webhook-request-and-response
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.api import errors, metadata
from kubewheel.api.errors import StatusError
from kubewheel.apiserver.webhook_client import WebhookClient
from kubewheel.apiserver.webhook_errors import CallFailed
from kubewheel.libs.wire import Object

API = "apiextensions.k8s.io"


class WebhookCaller:
    """Asks webhooks to convert."""

    def __init__(self, client: WebhookClient, randomness: random.Random) -> None:
        self._client = client
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
            answer = await self._client.post(webhook["clientConfig"], review)
        except CallFailed as error:
            raise errors.internal(f"{prefix}: {error}") from error
        return _objects(answer, uid, version, len(items), prefix)


def _objects(answer: Any, uid: str, version: str, count: int, prefix: str) -> list[dict[str, Any]]:
    response = answer.get("response") if isinstance(answer, dict) else None
    if not isinstance(response, dict):
        raise _failure(f"{prefix}: no response provided")
    if answer.get("kind") != "ConversionReview" or answer.get("apiVersion") != f"{API}/{version}":
        raise _failure(f"{prefix}: expected webhook response of {API}/{version}, Kind=ConversionReview")
    if version == "v1" and response.get("uid") != uid:
        raise _failure(f'{prefix}: expected response.uid="{uid}", got "{response.get("uid", "")}"')
    result = response.get("result") or {}
    if not isinstance(result, dict):
        raise _failure(f"{prefix}: response.result is no Status")
    if result.get("status") != "Success":
        text = result.get("message") or f"response.result.status was '{result.get('status', '')}', not 'Success'"
        raise _failure(f"{prefix}: {text}")
    found = response.get("convertedObjects") or []
    if not isinstance(found, list):
        raise _failure(f"{prefix}: response.convertedObjects is no list")
    if len(found) != count:
        text = prefix.removesuffix(" failed")
        raise _failure(f"{text} returned {len(found)} objects, expected {count}")
    return list(found)


def _failure(text: str) -> StatusError:
    return errors.internal(text)
