"""Which of many webhooks or policies a request may concern: found once for each kind of request.

So that a request costs nothing for those that are about other resources or operations.
"""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from kubewheel.api.registry import Registry
from kubewheel.apiserver.admission.matching import Criteria
from kubewheel.apiserver.admission.plugin import Matter

T = TypeVar("T")
Question = tuple[str, str, str, str, str]  # operation, group, version, plural, subresource


class Shortlist(Generic[T]):
    """Things with criteria, in order. There are no more answers to keep than kinds of requests that are served."""

    def __init__(self, all_of_them: Iterable[tuple[Criteria, T]] = ()) -> None:
        self._all = tuple(all_of_them)
        self._found: dict[Question, Sequence[T]] = {}
        self._revision = 0  # Of the registry that the answers are true for.

    def __len__(self) -> int:
        return len(self._all)

    def of(self, matter: Matter, registry: Registry) -> Sequence[T]:
        """Return those whose rules may be about the request; names, scopes and selectors are still to be looked at."""
        if not self._all:
            return ()
        if self._revision != registry.revision:
            self._found, self._revision = {}, registry.revision
        resource = matter.resource
        question = (matter.operation, resource.group, resource.version, resource.plural, matter.subresource)
        found = self._found.get(question)
        if found is None:
            found = self._found[question] = tuple(
                each for criteria, each in self._all if criteria.may_match(matter, registry)
            )
        return found
