"""The webhooks of all configurations, ready to be asked; follows the configurations in the store."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.matching import Criteria
from kubewheel.apiserver.admission.shortlist import Shortlist
from kubewheel.apiserver.admission.webhooks.conditions import Conditions
from kubewheel.apiserver.admission.webhooks.metrics import WebhookMetrics
from kubewheel.apiserver.webhook_client import WebhookClient
from kubewheel.libs.wire import Object
from kubewheel.storage import Key, Store

GROUP = matching.GROUP
MUTATING = f"mutatingwebhookconfigurations.{GROUP}"
VALIDATING = f"validatingwebhookconfigurations.{GROUP}"
KNOWN_REVIEWS = ("v1", "v1beta1")
DEFAULT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook of a configuration."""

    configuration: str
    index: int
    name: str
    client: Object
    criteria: Criteria
    conditions: Conditions
    review_version: str  # Empty if it takes none that there is.
    side_effects: str
    seconds: float
    fails_open: bool
    is_reinvoked: bool

    @property
    def uid(self) -> tuple[str, int]:
        """What tells it from all others of its kind of configuration."""
        return self.configuration, self.index


def parse(configuration: Object) -> Iterator[Webhook]:
    """Yield the webhooks of a configuration."""
    for index, webhook in enumerate(configuration.get("webhooks") or ()):
        versions = webhook.get("admissionReviewVersions") or ()
        yield Webhook(
            configuration["metadata"]["name"], index, webhook["name"], webhook["clientConfig"],
            matching.parse_webhook(webhook), Conditions(webhook.get("matchConditions") or ()),
            next((each for each in versions if each in KNOWN_REVIEWS), ""), webhook.get("sideEffects") or "",
            float(webhook.get("timeoutSeconds") or DEFAULT_SECONDS), webhook.get("failurePolicy") == "Ignore",
            webhook.get("reinvocationPolicy") == "IfNeeded",
        )


class Webhooks:
    """The webhooks of one server, in the order in which they are asked: by configuration, then as written there."""

    def __init__(self, store: Store, client: WebhookClient) -> None:
        self.client = client
        self.metrics = WebhookMetrics()
        self._mutating: Shortlist[tuple[int, Webhook]] | None = Shortlist()  # None: to be made anew.
        self._validating: Shortlist[Webhook] | None = Shortlist()
        self._store = store
        self._known: dict[Key, tuple[Webhook, ...]] = {}

    async def run(self) -> None:
        """Keep connections to webhooks until cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.client.close()

    def refresh(self, key: Key) -> None:
        """Re-read the configuration at `key`."""
        entry = self._store.get(key)
        if entry is None:
            self._known.pop(key, None)
        else:
            self._known[key] = tuple(parse(entry.object))
        if key.resource == MUTATING:
            self._mutating = None
        else:
            self._validating = None

    @property
    def mutating(self) -> Shortlist[tuple[int, Webhook]]:
        """The webhooks that change objects, with their places in the order."""
        if self._mutating is None:
            found = enumerate(self._of(MUTATING))
            self._mutating = Shortlist((each.criteria, (index, each)) for index, each in found)
        return self._mutating

    @property
    def validating(self) -> Shortlist[Webhook]:
        """The webhooks that only refuse."""
        if self._validating is None:
            self._validating = Shortlist((each.criteria, each) for each in self._of(VALIDATING))
        return self._validating

    def _of(self, resource: str) -> Iterator[Webhook]:
        for key in sorted((each for each in self._known if each.resource == resource), key=lambda each: each.name):
            yield from self._known[key]
