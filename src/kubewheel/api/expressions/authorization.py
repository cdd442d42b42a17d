"""Questions to the authorizer: whether whoever asks, or a service account, may do something."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kubewheel.api import names
from kubewheel.libs.cel import Failure
from kubewheel.libs.cel.signatures import Row
from kubewheel.libs.cel.values import Opaque
from kubewheel.libs.wire import Identity

AUTHORIZER, PATH, GROUP, RESOURCE, DECISION = (
    f"kubernetes.authorization.{name}"
    for name in ("Authorizer", "PathCheck", "GroupCheck", "ResourceCheck", "Decision")
)
CHECK_COST = 350_000


@dataclass(frozen=True)
class Question:
    """What is asked for: a path, or a resource with its parts."""

    identity: Identity = field(hash=False)  # Cannot be hashed; those of one request are few.
    verb: str = ""
    path: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    field_selector: str = ""


Decide = Callable[[Question], tuple[bool, str]]
"""Tells whether it is allowed, and why."""


class Check(Opaque):
    """A question that is being put together, and whom it will be put to."""

    def __init__(self, decide: Decide, question: Question) -> None:
        self.decide, self.question = decide, question

    def key(self) -> object:
        return self.question


class Authorizer(Check):
    """Questions begin here."""

    kind = AUTHORIZER


class PathCheck(Check):
    """A question about a path."""

    kind = PATH


class GroupCheck(Check):
    """A question about an API group."""

    kind = GROUP


class ResourceCheck(Check):
    """A question about a resource."""

    kind = RESOURCE


class Decision(Opaque):
    """The answer."""

    kind = DECISION

    def __init__(self, allowed: bool, reason: str, error: str = "") -> None:
        self.allowed, self.reason, self.error = allowed, reason, error

    def key(self) -> object:
        return self.allowed, self.reason


def _path(start: Authorizer, path: str) -> PathCheck:
    if not path:
        raise Failure("path must not be empty")
    return PathCheck(start.decide, replace(start.question, path=path))


def _group(start: Authorizer, group: str) -> GroupCheck:
    return GroupCheck(start.decide, replace(start.question, group=group))


def _resource(start: GroupCheck, resource: str) -> ResourceCheck:
    return ResourceCheck(start.decide, replace(start.question, resource=resource))


def _service_account(start: Authorizer, namespace: str, name: str) -> Authorizer:
    for kind, value, messages in (("namespace", namespace, names.dns_label(namespace)),
                                  ("service account name", name, names.dns_subdomain(name))):
        if messages:
            raise Failure(f"Invalid {kind}: {'; '.join(messages)}" if value else f"Invalid {kind}")
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    identity = Identity(f"system:serviceaccount:{namespace}:{name}", groups)
    return Authorizer(start.decide, replace(start.question, identity=identity))


def _check(check: Check, verb: str) -> Decision:
    allowed, reason = check.decide(replace(check.question, verb=verb))
    return Decision(allowed, reason)


def _by_fields(check: ResourceCheck, selector: str) -> ResourceCheck:
    return ResourceCheck(check.decide, replace(check.question, field_selector=selector))


def _by_labels(check: ResourceCheck, _: str) -> ResourceCheck:
    """Return the same question: no mode allows some objects by their labels, so it is about all of them."""
    return check


def _changed(question: Question, name: str, value: str) -> Question:
    changes: dict[str, Any] = {name: value}
    return replace(question, **changes)


def _narrowed(name: str) -> Row:
    def call(check: ResourceCheck, value: str) -> ResourceCheck:
        return ResourceCheck(check.decide, _changed(check.question, name, value))

    return name, f"{RESOURCE}.(string) {RESOURCE}", call


def _cost(*_: object) -> int:
    return CHECK_COST


FUNCTIONS: Sequence[Row] = (
    ("path", f"{AUTHORIZER}.(string) {PATH}", _path), ("group", f"{AUTHORIZER}.(string) {GROUP}", _group),
    ("serviceAccount", f"{AUTHORIZER}.(string, string) {AUTHORIZER}", _service_account),
    ("resource", f"{GROUP}.(string) {RESOURCE}", _resource),
    _narrowed("subresource"), _narrowed("namespace"), _narrowed("name"),
    ("fieldSelector", f"{RESOURCE}.(string) {RESOURCE}", _by_fields),
    ("labelSelector", f"{RESOURCE}.(string) {RESOURCE}", _by_labels),
    ("check", f"{PATH}.(string) {DECISION}; {RESOURCE}.(string) {DECISION}", _check, _cost),
    ("allowed", f"{DECISION}.() bool", lambda decision: decision.allowed),
    ("reason", f"{DECISION}.() string", lambda decision: decision.reason),
    ("errored", f"{DECISION}.() bool", lambda decision: bool(decision.error)),
    ("error", f"{DECISION}.() string", lambda decision: decision.error),
)
