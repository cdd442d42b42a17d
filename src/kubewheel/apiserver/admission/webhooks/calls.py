"""One call of one webhook."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubewheel.api import metadata
from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Resource
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.admission.webhooks import refusals, review
from kubewheel.apiserver.admission.webhooks.configurations import Webhook
from kubewheel.apiserver.admission.webhooks.forms import Forms
from kubewheel.apiserver.admission.webhooks.metrics import Call
from kubewheel.apiserver.admission.webhooks.refusals import CallingFailed, Denied
from kubewheel.apiserver.admission.webhooks.review import Answer
from kubewheel.apiserver.webhook_client import NOBODY
from kubewheel.apiserver.webhook_errors import CallFailed

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

HARMLESS = ("None", "NoneOnDryRun")
PLUGINS = {"admit": "MutatingAdmissionWebhook", "validating": "ValidatingAdmissionWebhook"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Asks webhooks about one matter. `stage` is upstream's word for the metrics: admit or validating."""

    matter: Matter
    backend: "Backend"
    forms: Forms
    stage: str

    async def select(self, webhook: Webhook) -> Resource | None:
        """Return the resource as which the matter concerns the webhook, None if it does not."""
        target = webhook.criteria.match(self.matter, self.backend)
        if target is None or webhook.conditions.is_empty:
            return target
        new, old = await self.forms.new(target), await self.forms.old(target)
        matches = await webhook.conditions.match(webhook, self, target, new, old)
        return target if matches else None

    async def ask(self, webhook: Webhook, target: Resource) -> Answer:
        """Return the answer of a webhook that allows the request; raise CallingFailed or Denied."""
        if self.matter.dry_run and webhook.side_effects not in HARMLESS:
            raise refusals.no_dry_run(webhook.name)
        if not webhook.review_version:
            reason = "could not create admission objects: webhook does not accept known AdmissionReview versions"
            raise CallingFailed(webhook.name, f"{reason} (v1, v1beta1)", 400)
        answer = await self._exchange(webhook, target)
        for key, value in answer.annotations.items():
            self.matter.annotate(f"{webhook.name}/{key}", value)
        for text in answer.warnings:
            self.matter.warn(text)
        if not answer.allowed:
            raise refusals.denied(webhook.name, answer.status)
        return answer

    async def _exchange(self, webhook: Webhook, target: Resource) -> Answer:
        uid = metadata.new_uid(self.backend.randomness)
        request = review.describe(self.matter, target, uid)
        new, old = await self.forms.new(target), await self.forms.old(target)
        asked = review.make(request, webhook.review_version, new, old)
        client, known = self.backend.webhooks.client, self.backend.settings.admission.webhook_users
        users = known.get(PLUGINS[self.stage], NOBODY)
        try:
            answer = await client.post(webhook.client, asked, webhook.seconds, users)
        except CallFailed as failure:
            did = "could not get REST client" if failure.is_early else "failed to call webhook"
            raise CallingFailed(webhook.name, f"{did}: {failure}", failure.code) from failure
        try:
            return review.read(answer, uid, webhook.review_version, mutating=self.stage == "admit")
        except review.Malformed as error:
            raise CallingFailed(webhook.name, f"received invalid webhook response: {error}", 503) from error

    def begin(self, webhook: Webhook) -> "Measured":
        """Return what counts a call while it goes on."""
        call = Call(webhook.name, self.stage, str(self.matter.operation))
        return Measured(self, call, webhook.fails_open, time.perf_counter())


@dataclass(frozen=True, slots=True)
class Measured:
    """Counts one call by what comes of it."""

    caller: Caller
    call: Call
    fails_open: bool
    begun: float

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        metrics, seconds = self.caller.backend.webhooks.metrics, time.perf_counter() - self.begun
        if error is None:
            metrics.observe(self.call, seconds, rejected=False, code=200)
        elif isinstance(error, CallingFailed):
            metrics.observe(self.call, seconds, rejected=not self.fails_open, code=error.code)
            if self.fails_open:
                metrics.fail_open(self.call)
            else:
                metrics.reject(self.call, "calling_webhook_error", error.code)
        elif isinstance(error, Denied):
            metrics.observe(self.call, seconds, rejected=True, code=error.refusal.code)
            metrics.reject(self.call, "no_error", error.refusal.code)
        elif isinstance(error, StatusError):
            metrics.observe(self.call, seconds, rejected=True, code=0)
            metrics.reject(self.call, "apiserver_internal_error", 0)
