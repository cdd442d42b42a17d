"""MutatingAdmissionWebhook: one webhook after the other may change the object, each sees what those before it made.

When a webhook has changed something, the plugins that complete objects run again, and with them those webhooks that
want to look again (reinvocationPolicy: IfNeeded) and that the change came after.
"""

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from kubewheel.api import objects
from kubewheel.api.registry import Resource
from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.admission.webhooks import patching
from kubewheel.apiserver.admission.webhooks.calls import Caller
from kubewheel.apiserver.admission.webhooks.configurations import Webhook
from kubewheel.apiserver.admission.webhooks.forms import Forms
from kubewheel.apiserver.admission.webhooks.refusals import CallingFailed, Denied

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

NAME = "MutatingAdmissionWebhook"
FAILED_OPEN = "failed-open.mutation.webhook.admission.k8s.io/"
MUTATED = "mutation.webhook.admission.k8s.io/"
PATCHED = "patch.webhook.admission.k8s.io/"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Memory:
    """Which webhooks want to be asked again, and which of them have reason to."""

    output: Any = None
    willing: set[tuple[str, int]] = field(default_factory=set)
    due: set[tuple[str, int]] = field(default_factory=set)

    def summon(self) -> None:
        """Let those that have been asked so far be asked again."""
        self.due |= self.willing
        self.willing.clear()


async def admit(matter: Matter, backend: "Backend") -> None:
    """Ask one webhook after the other; raise the first refusal."""
    webhooks = backend.webhooks.mutating.of(matter, backend.registry)
    if not webhooks or matching.is_exempt(matter):
        return
    memory: _Memory = matter.rounds.memory.setdefault(NAME, _Memory())
    if matter.rounds.is_second and memory.output != matter.content:
        memory.summon()  # Plugins of ours have changed what the webhooks left.
    caller = Caller(matter, backend, Forms(matter, backend), "admit")
    before = _managers(matter)
    for index, webhook in webhooks:
        target = await caller.select(webhook)
        # The second round asks nobody for the first time.
        if target is None or (matter.rounds.is_second and webhook.uid not in memory.due):
            continue
        if await _call(caller, webhook, target, index):
            memory.summon()
            matter.rounds.wants_another = matter.rounds.has_changed = True
        if webhook.is_reinvoked:
            memory.willing.add(webhook.uid)
    patching.check_managers(matter, before)
    if not matter.rounds.is_second and (memory.willing or memory.due):
        memory.output = None if matter.content is None else objects.copy(matter.content)


def _managers(matter: Matter) -> Any:
    return ((matter.content or {}).get("metadata") or {}).get("managedFields")


async def _call(caller: Caller, webhook: Webhook, target: Resource, index: int) -> bool:
    """Ask a webhook, and tell whether it has changed the object."""
    place = f"round_{int(caller.matter.rounds.is_second)}_index_{index}"
    changed = False
    try:
        with caller.begin(webhook):
            changed = await _change(caller, webhook, target, place)
    except Denied as denied:
        raise denied.refusal from denied
    except CallingFailed as failure:
        if not webhook.fails_open:
            raise failure.refusal() from failure
        log.warning("%s; failing open", failure)
        caller.matter.annotate(f"{FAILED_OPEN}{place}", webhook.name)
    finally:
        _annotate(caller.matter, f"{MUTATED}{place}", webhook, mutated=changed)
    return changed


async def _change(caller: Caller, webhook: Webhook, target: Resource, place: str) -> bool:
    answer = await caller.ask(webhook, target)
    operations = patching.operations(webhook.name, answer)
    if not operations:
        return False
    before = await caller.forms.new(target)
    if before is None:
        raise patching.nothing_to_change(webhook.name)
    after = patching.apply(webhook.name, before, operations, caller.forms.expected(target))
    changed = after != before
    _annotate(caller.matter, f"{PATCHED}{place}", webhook, patch=operations, patchType=answer.patch_type)
    try:
        await caller.forms.take(after, target)
    except (KeyError, TypeError, AttributeError) as error:
        raise patching.unusable(f"{type(error).__name__}: {error}") from error
    return changed


def _annotate(matter: Matter, key: str, webhook: Webhook, **facts: Any) -> None:
    value = {"configuration": webhook.configuration, "webhook": webhook.name, **facts}
    matter.annotate(key, orjson.dumps(value).decode())
