"""ValidatingAdmissionWebhook: all webhooks that a request concerns are asked at once; each can refuse it."""

import asyncio
import logging
from typing import TYPE_CHECKING

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Resource
from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.admission.webhooks.calls import Caller
from kubewheel.apiserver.admission.webhooks.configurations import Webhook
from kubewheel.apiserver.admission.webhooks.forms import Forms
from kubewheel.apiserver.admission.webhooks.refusals import CallingFailed, Denied
from kubewheel.libs.tasks import create_task

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

NAME = "ValidatingAdmissionWebhook"
FAILED_OPEN = "failed-open.validating.webhook.admission.k8s.io/round_0_index_"

log = logging.getLogger(__name__)


async def admit(matter: Matter, backend: "Backend") -> None:
    """Ask, and raise the first refusal."""
    webhooks = backend.webhooks.validating.of(matter, backend.registry)
    if not webhooks or matching.is_exempt(matter):
        return
    caller = Caller(matter, backend, Forms(matter, backend), "validating")
    chosen = [(each, target) for each in webhooks if (target := await caller.select(each)) is not None]
    if len(chosen) == 1:
        refusals = [await _ask(caller, *chosen[0], 0)]
    elif chosen:
        async with asyncio.TaskGroup() as group:
            tasks = [
                create_task(group, _ask(caller, *each, index), name=f"webhook-{each[0].name}")
                for index, each in enumerate(chosen)
            ]
        refusals = [task.result() for task in tasks]
    else:
        return
    refusal = next((each for each in refusals if each is not None), None)
    if refusal is not None:
        raise refusal


async def _ask(caller: Caller, webhook: Webhook, target: Resource, index: int) -> StatusError | None:
    """Return the refusal that a webhook is the cause of, None if it allows the request."""
    try:
        with caller.begin(webhook):
            await caller.ask(webhook, target)
    except Denied as denied:
        return denied.refusal
    except StatusError as refusal:
        return refusal
    except CallingFailed as failure:
        if not webhook.fails_open:
            return failure.refusal()
        log.warning("%s; failing open", failure)
        caller.matter.annotate(f"{FAILED_OPEN}{index}", webhook.name)
    return None
