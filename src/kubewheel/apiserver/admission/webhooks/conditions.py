"""Match conditions: expressions that keep a webhook from being asked where they are false."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver.admission import questions
from kubewheel.apiserver.admission.webhooks import review
from kubewheel.apiserver.admission.webhooks.metrics import Call
from kubewheel.libs import patience
from kubewheel.libs.wire import Object

if TYPE_CHECKING:  # Loaded only where there are conditions.
    from kubewheel.api.expressions import Expression
    from kubewheel.apiserver.admission.webhooks.calls import Caller
    from kubewheel.apiserver.admission.webhooks.configurations import Webhook


class Conditions:
    """The conditions of one webhook."""

    def __init__(self, conditions: Sequence[Object]) -> None:
        self._texts = tuple(str(each.get("expression") or "") for each in conditions)
        self.is_empty = not self._texts

    @cached_property
    def _expressions(self) -> "Sequence[Expression]":
        from kubewheel.api.expressions import admission

        return tuple(admission.condition(each) for each in self._texts)

    async def match(
        self, webhook: "Webhook", caller: "Caller", target: Resource, new: Object | None, old: Object | None
    ) -> bool:
        """Tell whether all conditions hold; raise 403 if one fails that must not."""
        matter = caller.matter
        call = Call(webhook.name, caller.stage, str(matter.operation))
        metrics = caller.backend.webhooks.metrics
        request = review.describe(matter, target)
        request.pop("uid")
        variables = {
            "object": new, "oldObject": old, "request": request, "namespaceObject": None,
            **questions.variables(matter, caller.backend),
        }
        holds, faults = await patience.unhurried(lambda: self._evaluate(variables))
        for _ in faults:
            metrics.fail_condition(call)
        if faults and holds and not webhook.fails_open:
            text = faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]"
            raise errors.forbidden(matter.resource.group, matter.resource.plural, matter.name, text)
        if not holds or faults:
            metrics.exclude(call)
            return False
        return True

    def _evaluate(self, variables: Mapping[str, Any]) -> tuple[bool, list[str]]:
        """Return whether no condition is false, and what went wrong."""
        from kubewheel.api.expressions import Budget, Failure, OutOfBudget, admission

        faults: list[str] = []
        budget = Budget(admission.CONDITIONS_BUDGET)
        for text, expression in zip(self._texts, self._expressions, strict=True):
            try:
                if expression.evaluate(variables, budget) is False:
                    return False, faults
            except OutOfBudget as error:
                return True, [str(error)]
            except Failure as error:
                faults.append(f"expression '{text}' resulted in error: {error}")
        return True, faults
