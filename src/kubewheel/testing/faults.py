"""Faults on purpose: which requests are refused, delayed, lost; pure but for the sleeping.

A fault meets a request by verb, resource, place and who asks. Chance comes from the cluster's seed.
"""

import fnmatch
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from kubewheel.api import errors
from kubewheel.api.errors import StatusError
from kubewheel.apiserver.request_info import RequestInfo

CLIENTS, EVERYBODY = "clients", "all"
GROUPS = {
    "*": frozenset[str](), "read": frozenset(("get", "list", "watch")),
    "write": frozenset(("create", "update", "patch", "delete", "deletecollection")),
}
REASONS = {
    400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict", 410: "Expired",
    422: "Invalid", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout",
}


VERBS = frozenset((
    *GROUPS, "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "post", "put", "head",
))
IDENTITIES = frozenset((CLIENTS, EVERYBODY, "kubewheel"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as faults see it. `who` is a component's user name, or empty for clients of the test."""

    info: RequestInfo
    who: str


@dataclass(slots=True, eq=False)
class Fault:
    """One fault; `hits` counts the requests that it met. Usable as a context manager, which removes it.

    `status` refuses; `delay` waits (real seconds) before going on; `drop` breaks the connection "before" the request
    is carried out or "after" it, so that the client does not know; `pause` delays each portion of a watch.
    """

    verb: str = "*"
    resource: str = "*"  # Patterns, as in `pods`, `deployments.apps`, `pods/status`; several with commas.
    namespace: str = "*"
    name: str = "*"
    by: str = CLIENTS  # "all", or a pattern for a component's user name.
    times: int | None = 1  # None: until removed.
    rate: float = 1.0
    status: int = 0
    message: str = ""
    retry_after: int = 0
    delay: float = 0.0
    drop: str = ""
    pause: float = 0.0
    hits: int = 0
    remove: Callable[[], None] = field(default=lambda: None, repr=False)

    def __enter__(self) -> "Fault":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.remove()

    def error(self, info: RequestInfo) -> StatusError:
        """Return the refusal."""
        if self.status == 409 and not self.message:
            return errors.conflict(info.group, info.resource, info.name)
        if self.status == 410 and not self.message:
            return errors.expired("too old resource version: 1 (2)")
        text = self.message or "refused by the test"
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        details = {"retryAfterSeconds": self.retry_after} if self.retry_after else None
        return StatusError(self.status, REASONS.get(self.status, "Unknown"), text, details, headers)


class Faults:
    """All faults of one cluster."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.active: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put `fault` into force."""
        check(fault)
        fault.remove = lambda: self.remove(fault)
        self.active.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take `fault` out of force; repeatable."""
        if fault in self.active:
            self.active.remove(fault)

    def meet(self, asked: Asked) -> list[Fault]:
        """Return the faults that this request meets, and count them; one refusal or loss is enough."""
        met = []
        for fault in list(self.active):
            if not matches(fault, asked) or (fault.rate < 1.0 and self._chance.random() >= fault.rate):
                continue
            fault.hits += 1
            if fault.times is not None and fault.hits >= fault.times:
                self.remove(fault)
            met.append(fault)
            if fault.status or fault.drop:
                break
        return met


def check(fault: Fault) -> None:
    """Raise ValueError for a fault that could meet nothing, or would do nothing."""
    if fault.drop not in ("", "before", "after"):
        raise ValueError(f'drop is {fault.drop!r}; it must be "before" or "after"')
    if not (fault.status or fault.delay or fault.drop or fault.pause):
        raise ValueError("the fault does nothing: give it a status, a delay, a drop or a pause")
    if fault.status and not 400 <= fault.status <= 599:
        raise ValueError(f"status is {fault.status}; a refusal has one from 400 to 599")
    if not 0.0 < fault.rate <= 1.0:
        raise ValueError(f"rate is {fault.rate}; it must be more than 0 and at most 1")
    if fault.times is not None and fault.times < 1:
        raise ValueError(f"times is {fault.times}; it must be at least 1, or None: until the fault is removed")
    if min(fault.delay, fault.pause, fault.retry_after) < 0:
        raise ValueError("delay, pause and retry_after must not be negative")
    for verb in fault.verb.split(","):
        if verb not in VERBS:
            raise ValueError(f"no verb is called {verb!r}; there are {', '.join(sorted(VERBS))}")
    if fault.by not in IDENTITIES and not set(fault.by) & set(":*?["):
        raise ValueError(f'by is {fault.by!r}; it is "clients", "all", or a component as in "system:kube-scheduler"')


def matches(fault: Fault, asked: Asked) -> bool:
    """Tell whether `fault` is about this request."""
    info = asked.info
    tail = f"/{info.subresource}" if info.subresource else ""
    names = (f"{info.resource}{tail}", f"{info.resource}.{info.group}{tail}")
    verbs = {part for word in fault.verb.split(",") for part in GROUPS.get(word, (word,))}
    return (
        _is_meant(fault.by, asked.who)
        and ("*" in fault.verb.split(",") or info.verb in verbs)
        and any(fnmatch.fnmatchcase(name, word) for word in fault.resource.split(",") for name in names)
        and fnmatch.fnmatchcase(info.namespace, fault.namespace)
        and fnmatch.fnmatchcase(info.name, fault.name)
    )


def _is_meant(by: str, who: str) -> bool:
    if by == CLIENTS:
        return not who
    return by == EVERYBODY or (bool(who) and fnmatch.fnmatchcase(who, by))
