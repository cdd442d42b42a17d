"""What expressions of a policy see of a request: one situation for each request, version and set of parameters."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from kubewheel.api import errors, expressions
from kubewheel.api.admissionregistration.programs import Programs
from kubewheel.api.expressions import Budget, Expression, Failure, OutOfBudget, admission
from kubewheel.api.registry import Resource
from kubewheel.apiserver.admission import matching, questions
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.admission.webhooks import review
from kubewheel.libs import patience
from kubewheel.libs.cel.library.times import parse_timestamp
from kubewheel.libs.cel.values import Lazy
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

Result = TypeVar("Result")
MUCH_WORK = 20_000  # After this cost, other requests get their turn.
REVIEWS = frozenset({"authentication.k8s.io", "authorization.k8s.io"})
_TIMES = ("creationTimestamp", "deletionTimestamp")


def is_exempt(matter: Matter) -> bool:
    """Tell whether no policy sees the request: it is about policies themselves, or only asks who may do what."""
    return matching.is_exempt(matter) or matter.resource.group in REVIEWS


class Evaluated:
    """What is the same for all policies that look at one request."""

    def __init__(self, matter: Matter, backend: "Backend") -> None:
        self.matter = matter
        self._backend = backend
        self.questions = questions.variables(matter, backend)
        self._namespace: list[Object | None] = []

    def namespace(self) -> Object | None:
        """Return the namespace of the request as expressions see it; raise 404 if there is none."""
        if not self._namespace:
            self._namespace.append(self._find_namespace())
        return self._namespace[0]

    def _find_namespace(self) -> Object | None:
        name = "" if self.matter.resource.key == matching.NAMESPACES else self.matter.namespace
        if not name:
            return None
        entry = self._backend.store.get(Key(matching.NAMESPACES, "", name))
        if entry is None:
            raise errors.not_found("", matching.NAMESPACES, name)
        found = entry.object
        metadata: dict[str, Any] = {
            each: found["metadata"][each] for each in admission.NAMESPACE_METADATA if each in found["metadata"]
        }
        metadata["UID"] = found["metadata"].get("uid", "")
        metadata |= {each: parse_timestamp(metadata[each]) for each in _TIMES if metadata.get(each)}
        return {"metadata": metadata, "spec": found.get("spec") or {}, "status": found.get("status") or {}}


class Situation:
    """Evaluates the expressions of one policy."""

    def __init__(
        self, evaluated: Evaluated, target: Resource, programs: Programs, params: Object | None
    ) -> None:
        self._evaluated = evaluated
        self._target = target
        self._programs = programs
        self._params = params
        self.budget = Budget(expressions.TOTAL_BUDGET)
        self._names: Mapping[str, Any] = {}
        self._seen: tuple[Object | None, Object | None] = None, None

    async def unhurried(self, work: Callable[[], Result]) -> Result:
        """Return what `work` comes to, which evaluates expressions, without keeping others waiting."""

        def begin() -> Result:
            self.look(*self._seen)
            return work()

        return await patience.unhurried(begin)

    def look(self, new: Object | None, old: Object | None) -> None:
        """See these objects from now on; variables are worked out anew."""
        self._seen = new, old
        matter, target = self._evaluated.matter, self._target
        request = review.describe(matter, target)
        del request["uid"]
        names: dict[str, Any] = {
            "object": new, "oldObject": old, "request": request, "params": self._params,
            "namespaceObject": self._evaluated.namespace(),
            **self._evaluated.questions,
        }
        names["variables"] = Lazy({name: self._maker(each, names) for name, each in self._programs.variables})
        self._names = names

    def _maker(self, expression: Expression, names: Mapping[str, Any]) -> Callable[[], Any]:
        return lambda: expression.evaluate(names, self.budget)

    def evaluate(self, expression: Expression) -> Any:
        """Return the value of an expression; raise Failure that says which one failed, OutOfBudget as it is."""
        try:
            return expression.evaluate(self._names, self.budget)
        except OutOfBudget:
            raise
        except Failure as error:
            raise Failure(f"expression '{expression.text}' resulted in error: {error}") from error

    def matches(self) -> bool:
        """Tell whether no match condition is false; raise Failure if one fails and none is false."""
        self.budget = Budget(admission.CONDITIONS_BUDGET)
        faults: list[str] = []
        for condition in self._programs.conditions:
            try:
                if self.evaluate(condition) is False:
                    return False
            except OutOfBudget:
                raise
            except Failure as error:
                faults.append(str(error))
        if faults:
            raise Failure(faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]")
        self.budget = Budget(expressions.TOTAL_BUDGET)
        return True

    async def rest(self) -> None:
        """Let others have their turn after much work."""
        if expressions.TOTAL_BUDGET - self.budget.left > MUCH_WORK:
            await asyncio.sleep(0)
