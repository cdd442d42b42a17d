"""ValidatingAdmissionPolicy: expressions that refuse requests, warn of them, or only tell the audit record."""

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Resource
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.admission.policies import params
from kubewheel.apiserver.admission.policies.params import Misconfigured
from kubewheel.apiserver.admission.policies.registered import Binding, Definition, Policy
from kubewheel.apiserver.admission.webhooks.forms import Forms

if TYPE_CHECKING:
    from kubewheel.api.admissionregistration.programs import Rule
    from kubewheel.apiserver.admission.policies.situation import Evaluated, Situation
    from kubewheel.apiserver.backend import Backend

NAME = "ValidatingAdmissionPolicy"
FAILURE_ANNOTATION = "validation.policy.admission.k8s.io/validation_failure"
CODES = {"Forbidden": 403, "Unauthorized": 401, "RequestEntityTooLarge": 413, "Invalid": 422}
LONGEST_ANNOTATION = 10 * 1024
LONGEST_MESSAGE = 5 * 1024
INVALID = "Invalid"


@dataclass(frozen=True, slots=True)
class Finding:
    """What speaks against a request, unless it `is_ignored`. `index` is that of the validation."""

    message: str
    reason: str = INVALID
    index: int = 0
    error: str = "no_error"
    seconds: float = 0.0
    is_ignored: bool = False


@dataclass(frozen=True, slots=True)
class Denial:
    """A finding that refuses the request, and whose it is."""

    policy: str
    binding: str
    finding: Finding


async def admit(matter: Matter, backend: "Backend") -> None:
    """Ask all policies; raise the first refusal."""
    policies = backend.policies.validating.of(matter, backend.registry)
    if not policies:
        return
    from kubewheel.apiserver.admission.policies.situation import Evaluated, is_exempt

    if is_exempt(matter):
        return
    judge = _Judge(matter, backend, Evaluated(matter, backend))
    for policy in policies:
        await judge.ask(policy)
    if judge.denials:
        raise _refusal(matter, judge.denials[0])


def _refusal(matter: Matter, denial: Denial) -> StatusError:
    whose = f"{NAME} '{denial.policy}'" + (f" with binding '{denial.binding}'" if denial.binding else "")
    text = f"{whose} denied request: {denial.finding.message}"
    error = matter.forbidden(text)
    error.reason = denial.finding.reason
    error.code = CODES.get(denial.finding.reason, CODES[INVALID])
    error.details["causes"] = [{"message": text}]
    return error


class _Judge:
    """Asks policies about one request and collects what they say."""

    def __init__(self, matter: Matter, backend: "Backend", evaluated: "Evaluated") -> None:
        self.denials: list[Denial] = []
        self._has_told = False
        self._matter = matter
        self._backend = backend
        self._evaluated = evaluated
        self._forms = Forms(matter, backend)

    async def ask(self, policy: Policy) -> None:
        """Ask a policy, with each of its bindings that are about the request."""
        definition = policy.definition
        annotations: dict[str, list[str]] = {}
        try:
            target = definition.criteria.match(self._matter, self._backend)
            if target is None:
                return
            resource = params.kind_of(definition, self._backend)
        except StatusError as error:
            self._misconfigured(policy, None, Misconfigured(error.message, of_binding=False))
            return
        except Misconfigured as error:
            self._misconfigured(policy, None, error)
            return
        for binding in policy.bindings:
            try:
                if binding.criteria.match(self._matter, self._backend) is None:
                    continue
                given = await params.collect(resource, binding, self._matter, self._backend)
            except StatusError as error:
                self._misconfigured(policy, binding, Misconfigured(error.message))
                continue
            except Misconfigured as error:
                self._misconfigured(policy, binding, error)
                continue
            for each in given:
                await self._evaluate(policy, binding, target, each, annotations)
        for key, values in annotations.items():
            self._matter.annotate(f"{definition.name}/{key}", ", ".join(values))

    def _misconfigured(self, policy: Policy, binding: Binding | None, error: Misconfigured) -> None:
        from kubewheel.apiserver.admission.policies.metrics import INVALID, VALIDATING, Check

        name, fails_open = binding.name if binding is not None else "", policy.definition.fails_open
        check = Check(VALIDATING, policy.definition.name, name, INVALID, "allow" if fails_open else "deny")
        self._backend.policies.metrics.observe(check, 0)
        if not fails_open:
            self.denials.append(Denial(policy.definition.name, name, Finding(str(error))))

    async def _evaluate(
        self, policy: Policy, binding: Binding, target: Resource, given: Any, annotations: dict[str, list[str]]
    ) -> None:
        from kubewheel.api.expressions import Failure
        from kubewheel.apiserver.admission.policies.metrics import error_type
        from kubewheel.apiserver.admission.policies.situation import Situation

        definition = policy.definition
        situation = Situation(self._evaluated, target, definition.programs, given)
        situation.look(await self._forms.new(target), await self._forms.old(target))
        try:
            found = await situation.unhurried(lambda: _findings(situation, definition))
            if found is None:
                return
            findings = found
        except Failure as error:
            findings = [] if definition.fails_open else [Finding(str(error), error=error_type(error))]
        else:
            await self._annotate(policy, binding, situation, annotations)
        for finding in findings:
            self._act(policy, binding, finding)
        await situation.rest()

    def _act(self, policy: Policy, binding: Binding, finding: Finding) -> None:
        from kubewheel.apiserver.admission.policies.metrics import VALIDATING, Check

        name = policy.definition.name
        for action in ("Allow",) if finding.is_ignored else binding.actions:
            check = Check(VALIDATING, name, binding.name, finding.error, action.lower())
            self._backend.policies.metrics.observe(check, finding.seconds)
            if action == "Deny":
                self.denials.append(Denial(name, binding.name, finding))
            elif action == "Warn":
                self._matter.warn(
                    f"Validation failed for {NAME} '{name}' with binding '{binding.name}': {finding.message}"
                )
            elif action == "Audit" and not self._has_told:
                self._has_told = True  # The record keeps the first.
                value = {
                    "message": finding.message, "policy": name, "binding": binding.name,
                    "expressionIndex": finding.index, "validationActions": list(binding.actions),
                }
                self._matter.annotate(FAILURE_ANNOTATION, orjson.dumps([value]).decode())

    async def _annotate(
        self, policy: Policy, binding: Binding, situation: "Situation", found: dict[str, list[str]]
    ) -> None:
        """Collect what the policy has to tell the audit record; failing to say it is a refusal."""
        from kubewheel.api import expressions

        situation.budget = expressions.Budget(expressions.TOTAL_BUDGET)
        for key, expression in policy.definition.programs.annotations:
            try:
                value = await situation.unhurried(partial(situation.evaluate, expression))
            except expressions.Failure as error:
                if not policy.definition.fails_open:
                    self.denials.append(Denial(policy.definition.name, binding.name, Finding(str(error))))
                continue
            text = (value or "").strip()[:LONGEST_ANNOTATION]
            known = found.setdefault(key, []) if text else []
            if text and text not in known:
                known.append(text)


def _findings(situation: "Situation", definition: Definition) -> list[Finding] | None:
    """Return what speaks against a request, None if match conditions keep the policy from it; raise OutOfBudget."""
    from kubewheel.api.expressions import Failure, OutOfBudget
    from kubewheel.apiserver.admission.policies.metrics import error_type

    if not situation.matches():
        return None
    findings: list[Finding] = []
    for index, rule in enumerate(definition.programs.rules):
        begun = time.perf_counter()
        try:
            if situation.evaluate(rule.expression) is not True:
                message = _message(situation, rule)
                findings.append(Finding(message, rule.reason, index, seconds=time.perf_counter() - begun))
        except OutOfBudget:
            raise
        except Failure as error:
            findings.append(Finding(
                str(error), INVALID, index, error_type(error), time.perf_counter() - begun,
                is_ignored=definition.fails_open,
            ))
    return findings


def _message(situation: "Situation", rule: "Rule") -> str:
    from kubewheel.api.expressions import Failure, OutOfBudget

    if rule.message is None:
        return rule.plain_message
    try:
        made = situation.evaluate(rule.message)
    except OutOfBudget as error:
        return f"failed messageExpression: {error}"
    except Failure:
        return rule.plain_message
    text = made.strip() if isinstance(made, str) else ""
    usable = text and "\n" not in text and len(text.encode()) <= LONGEST_MESSAGE
    return text if usable else rule.plain_message
