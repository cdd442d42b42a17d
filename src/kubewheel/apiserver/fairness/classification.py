"""Which FlowSchema a request belongs to: subjects and rules, matched as upstream matches them."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.libs.wire import Identity, Object

ALL = "*"
ACCOUNT_PREFIX = "system:serviceaccount:"
BY_USER, BY_NAMESPACE = "ByUser", "ByNamespace"


class Schema:
    """A FlowSchema, ready to be asked; counts what came of its requests."""

    __slots__ = (
        "dispatched", "distinguisher", "level_name", "name", "precedence", "rejected", "rules", "timed_out", "uid",
    )

    def __init__(self, name: str, uid: str, spec: Mapping[str, Any]) -> None:
        self.name = name
        self.dispatched = self.rejected = self.timed_out = 0
        self.configure(uid, spec)

    def configure(self, uid: str, spec: Mapping[str, Any]) -> None:
        """Take over what the FlowSchema says by now."""
        self.uid = uid
        self.precedence = int(spec.get("matchingPrecedence") or 0)
        self.level_name = str((spec.get("priorityLevelConfiguration") or {}).get("name") or "")
        self.distinguisher = str((spec.get("distinguisherMethod") or {}).get("type") or "")
        self.rules: Sequence[Object] = spec.get("rules") or ()

    def matches(self, identity: Identity, info: RequestInfo) -> bool:
        """Tell whether the request is one of this schema's."""
        return any(
            any(is_subject(each, identity) for each in rule.get("subjects") or ()) and _has_rule(rule, info)
            for rule in self.rules
        )

    def distinguish(self, identity: Identity, info: RequestInfo) -> str:
        """Return what tells the flows of this schema apart."""
        if self.distinguisher == BY_USER:
            return identity.name
        return info.namespace if self.distinguisher == BY_NAMESPACE else ""


def is_subject(subject: Object, identity: Identity) -> bool:
    """Tell whether `subject` means `identity`."""
    kind = subject.get("kind")
    if kind == "User":
        return subject["user"]["name"] in (ALL, identity.name)
    if kind == "Group":
        return subject["group"]["name"] == ALL or subject["group"]["name"] in identity.groups
    account = subject["serviceAccount"]
    prefix = f"{ACCOUNT_PREFIX}{account['namespace']}:"
    if account["name"] == ALL:
        return identity.name.startswith(prefix)
    return bool(identity.name == f"{prefix}{account['name']}")


def _has_rule(rule: Object, info: RequestInfo) -> bool:
    if info.is_resource:
        return any(_is_resource(each, info) for each in rule.get("resourceRules") or ())
    return any(_is_path(each, info) for each in rule.get("nonResourceRules") or ())


def _is_resource(rule: Object, info: RequestInfo) -> bool:
    resource = f"{info.resource}/{info.subresource}" if info.subresource else info.resource
    asked = (("verbs", info.verb), ("apiGroups", info.group), ("resources", resource))
    if not all(_has(rule[field], value) for field, value in asked):
        return False
    return _has(rule.get("namespaces") or (), info.namespace) if info.namespace else bool(rule.get("clusterScope"))


def _is_path(rule: Object, info: RequestInfo) -> bool:
    return _has(rule["verbs"], info.verb) and any(
        path in (ALL, info.path) or (path.endswith(ALL) and info.path.startswith(path[:-1]))
        for path in rule["nonResourceURLs"]
    )


def _has(values: Sequence[str], wanted: str) -> bool:
    return wanted in values or ALL in values


def flow_hash(schema: str, distinguisher: str) -> int:
    """Return the number from which the queues of a flow are dealt: the same on every server."""
    digest = hashlib.sha256(f"{schema}\x00{distinguisher}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def deal(value: int, queues: int, hand: int) -> tuple[int, ...]:
    """Return `hand` different ones of `queues` queues, chosen by `value`: shuffle sharding.

    Two flows share some queues but hardly ever all of them, so that a light one finds a queue without the heavy one.
    """
    dealt: list[int] = []
    for left in range(queues, queues - hand, -1):
        value, card = divmod(value, left)
        for other in sorted(dealt):
            if card >= other:
                card += 1
        dealt.append(card)
    return tuple(dealt)
