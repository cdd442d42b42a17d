"""The question that authorization answers, and its answer."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from kubewheel.api import errors
from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.libs.wire import Identity


class Opinion(Enum):
    """What a mode thinks of a request."""

    ALLOW = "allow"
    DENY = "deny"
    NONE = "no opinion"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An opinion and why."""

    opinion: Opinion
    reason: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the request may proceed."""
        return self.opinion is Opinion.ALLOW


NO_OPINION = Verdict(Opinion.NONE)


@dataclass(frozen=True, slots=True)
class Attributes:
    """Who wants to do what. Either a resource with its parts, or a `path` that names none.

    Of what narrows a list down only fields count: no mode allows some objects by their labels.
    """

    identity: Identity
    verb: str
    resource: str = ""
    group: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    version: str = ""
    path: str = ""
    field_selector: str = ""

    @property
    def is_resource(self) -> bool:
        """Whether a resource is asked for."""
        return bool(self.resource)

    @property
    def full_resource(self) -> str:
        """`resource` or `resource/subresource`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Mode(Protocol):
    """One way to decide."""

    def decide(self, attributes: Attributes) -> Verdict:
        """Return this mode's opinion."""
        ...


def of_request(identity: Identity, info: RequestInfo) -> Attributes:
    """Return the question that a request poses."""
    return Attributes(
        identity, info.verb, info.resource, info.group, info.subresource, info.namespace, info.name, info.version,
        info.path, info.field_selector,
    )


def refusal(attributes: Attributes, reason: str = "") -> errors.StatusError:
    """Return the 403 that says what was refused."""
    user = _quoted(attributes.identity.name)
    tail = f": {reason}" if reason else ""
    if not attributes.is_resource:
        path = _quoted(attributes.path)
        return errors.StatusError(
            403, "Forbidden", f"forbidden: User {user} cannot {attributes.verb} path {path}{tail}"
        )
    resource, group = _quoted(attributes.full_resource), _quoted(attributes.group)
    where = f"in the namespace {_quoted(attributes.namespace)}" if attributes.namespace else "at the cluster scope"
    detail = f"User {user} cannot {attributes.verb} resource {resource} in API group {group} {where}{tail}"
    return errors.forbidden(attributes.group, attributes.resource, attributes.name, detail)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
