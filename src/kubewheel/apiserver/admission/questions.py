"""What expressions about a request may ask the authorizer: variables for match conditions and policies."""

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.apiserver.authz.attributes import Attributes

if TYPE_CHECKING:
    from kubewheel.api.expressions.authorization import Question
    from kubewheel.apiserver.backend import Backend


def variables(matter: Matter, backend: "Backend") -> dict[str, Any]:
    """Return `authorizer`, and the question whether the user may do something to what the request is about."""
    from kubewheel.api.expressions.authorization import Authorizer, Question, ResourceCheck

    loop, home = asyncio.get_running_loop(), threading.get_ident()

    def decide(question: "Question") -> tuple[bool, str]:
        verdict = backend.authorizer.decide(_attributes(question, backend))
        return verdict.allowed, verdict.reason

    async def decide_at_home(question: "Question") -> tuple[bool, str]:
        return decide(question)

    def ask(question: "Question") -> tuple[bool, str]:
        """Let the authorizer decide where it lives, whichever thread evaluates the expression."""
        if threading.get_ident() == home:
            return decide(question)
        return asyncio.run_coroutine_threadsafe(decide_at_home(question), loop).result()

    request = Question(
        matter.identity, group=matter.resource.group, resource=matter.resource.plural,
        subresource=matter.subresource, namespace=matching.namespace_of(matter), name=matter.name,
    )
    return {
        "authorizer": Authorizer(ask, Question(matter.identity)),
        "authorizer.requestResource": ResourceCheck(ask, request),
    }


def _attributes(question: "Question", backend: "Backend") -> Attributes:
    if question.path:
        return Attributes(question.identity, question.verb, path=question.path)
    version = next(iter(backend.registry.versions(question.group)), "")
    return Attributes(
        question.identity, question.verb, question.resource, question.group, question.subresource,
        question.namespace, question.name, version, field_selector=question.field_selector,
    )
