"""MutatingAdmissionPolicy: expressions that change objects, one policy after the other.

What one policy, a webhook or a plugin changes, the policies before it that want to (reinvocationPolicy: IfNeeded) look
at once more.
"""

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from kubewheel.api import objects
from kubewheel.api.apply import shapes
from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Resource
from kubewheel.apiserver import field_managers
from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.admission.policies import params
from kubewheel.apiserver.admission.policies.params import Misconfigured
from kubewheel.apiserver.admission.policies.registered import Binding, Policy
from kubewheel.apiserver.admission.webhooks.forms import Forms
from kubewheel.libs.wire import Object

if TYPE_CHECKING:
    from kubewheel.apiserver.admission.policies.situation import Evaluated, Situation
    from kubewheel.apiserver.backend import Backend

NAME = "MutatingAdmissionPolicy"

Key = tuple[str, str, str, str]


@dataclass(slots=True)
class _Memory:
    """Which invocations want to be repeated, and which of them have reason to."""

    output: Any = None
    willing: set[Key] = field(default_factory=set)
    due: set[Key] = field(default_factory=set)

    def summon(self) -> None:
        """Let those that have run so far run again."""
        self.due |= self.willing
        self.willing.clear()


@dataclass(frozen=True, slots=True)
class _Invocation:
    """A policy that is about the request, by which binding and with which parameters."""

    policy: Policy
    binding: Binding
    target: Resource
    params: Object | None

    @property
    def key(self) -> Key:
        """What tells it from others."""
        metadata = (self.params or {}).get("metadata") or {}
        return (
            self.policy.definition.name, self.binding.name, metadata.get("namespace") or "", metadata.get("name") or "",
        )


async def admit(matter: Matter, backend: "Backend") -> None:
    """Let all policies change the object; raise what keeps them from it."""
    policies = backend.policies.mutating.of(matter, backend.registry)
    if not policies:
        return
    from kubewheel.apiserver.admission.policies.situation import Evaluated, is_exempt

    if is_exempt(matter):
        return
    changer = _Changer(matter, backend, Evaluated(matter, backend))
    invocations = [each for policy in policies for each in await changer.invocations(policy)]
    if invocations:
        await changer.run(invocations)
    if changer.faults:
        raise _refusal(matter, changer.faults)


def _refusal(matter: Matter, faults: list[tuple[str, str]]) -> StatusError:
    error = matter.forbidden("")
    error.message, reason = faults[0]
    if reason:
        error.reason = reason
    error.details["causes"] = [{"message": text} for text, _ in faults]
    return error


class _Changer:
    """Runs policies on one request and collects what goes wrong."""

    def __init__(self, matter: Matter, backend: "Backend", evaluated: "Evaluated") -> None:
        self.faults: list[tuple[str, str]] = []
        self._matter = matter
        self._backend = backend
        self._evaluated = evaluated
        self._forms = Forms(matter, backend)

    def _fault(self, policy: Policy, binding: Binding | None, detail: str, reason: str = "") -> None:
        name = policy.definition.name
        if policy.definition.fails_open:
            return
        whose = f"policy '{name}' with binding '{binding.name}'" if binding is not None else f'policy "{name}"'
        self.faults.append((f"{whose} denied request: {detail}", reason))

    async def invocations(self, policy: Policy) -> list[_Invocation]:
        """Return the ways in which a policy is about the request."""
        definition = policy.definition
        found: list[_Invocation] = []
        try:
            target = definition.criteria.match(self._matter, self._backend)
            if target is None:
                return []
            resource = params.kind_of(definition, self._backend)
        except StatusError as error:
            self._fault(policy, None, str(Misconfigured(error.message, of_binding=False)))
            return []
        except Misconfigured as error:
            self._fault(policy, None, str(error))
            return []
        for binding in policy.bindings:
            try:
                if binding.criteria.match(self._matter, self._backend) is None:
                    continue
                given = await params.collect(resource, binding, self._matter, self._backend)
            except (StatusError, Misconfigured) as error:
                self._fault(policy, binding, str(error if isinstance(error, Misconfigured) else Misconfigured(
                    error.message)))
                continue
            found += [_Invocation(policy, binding, target, each) for each in given]
        return found

    async def run(self, invocations: list[_Invocation]) -> None:
        """Let policies change the object in their order."""
        matter, rounds = self._matter, self._matter.rounds
        memory: _Memory = rounds.memory.setdefault(NAME, _Memory())
        if rounds.is_second and memory.output != matter.content:
            memory.summon()  # Others have changed what the policies left.
        for invocation in invocations:
            if rounds.is_second and invocation.key not in memory.due:
                continue
            before = None if matter.content is None else objects.copy(matter.content)
            if not await self._invoke(invocation):
                continue
            if before != matter.content:
                memory.summon()
                rounds.wants_another = rounds.has_changed = True
            if invocation.policy.definition.is_reinvoked:
                memory.willing.add(invocation.key)
        if not rounds.is_second:
            memory.output = None if matter.content is None else objects.copy(matter.content)

    async def _invoke(self, invocation: _Invocation) -> bool:
        """Run the mutations of a policy, and tell whether it was about the request after all."""
        from kubewheel.api.expressions import Failure
        from kubewheel.apiserver.admission.policies.situation import Situation

        policy, target = invocation.policy, invocation.target
        programs = policy.definition.programs
        situation = Situation(self._evaluated, target, programs, invocation.params)
        old = await self._forms.old(target)
        situation.look(await self._forms.new(target), old)
        try:
            if not await situation.unhurried(situation.matches):
                return False
        except Failure as error:
            self._fault(policy, invocation.binding, str(error), "Invalid")
            return False
        for index in range(len(programs.changes)):
            new = await self._forms.new(target)
            if new is None:
                break  # Nothing travels, so nothing can be changed.
            situation.look(new, old)
            await self._change(invocation, situation, index, new)
        await situation.rest()
        return True

    async def _change(self, invocation: _Invocation, situation: "Situation", index: int, new: Object) -> None:
        from kubewheel.api import expressions
        from kubewheel.apiserver.admission.policies import changes, metrics

        begun, counted = time.perf_counter(), partial(
            metrics.Check, metrics.MUTATING, invocation.policy.definition.name, invocation.binding.name,
        )
        observe = self._backend.policies.metrics.observe
        kind, expression = invocation.policy.definition.programs.changes[index]
        target = invocation.target
        situation.budget = expressions.Budget(expressions.TOTAL_BUDGET)
        try:
            made = await situation.unhurried(partial(situation.evaluate, expression))
            expected = self._forms.expected(target)
            if kind == changes.APPLY:
                after = changes.applied(made, new, self._shape(target), expected)
            else:
                after = changes.patched(made, new, expected)
        except (expressions.Failure, changes.Unusable) as error:
            observe(counted(metrics.error_type(error)), time.perf_counter() - begun)
            self._fault(invocation.policy, invocation.binding, str(error), "Invalid")
            return
        except StatusError as error:
            observe(counted(metrics.INVALID), time.perf_counter() - begun)
            self._fault(invocation.policy, invocation.binding, error.message, "Invalid")
            return
        observe(counted(), time.perf_counter() - begun)
        await self._forms.take(after, target)

    def _shape(self, target: Resource) -> shapes.Shape:
        gvk = matching.kind_of(target, self._matter.subresource)
        return field_managers.shape_of(target) if gvk == target.gvk else shapes.of_kind(*gvk)
