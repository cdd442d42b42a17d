"""ABAC: policies read from a file at start, one JSON object a line.

Source: https://kubernetes.io/docs/reference/access-authn-authz/abac/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from kubewheel.apiserver.authz.attributes import NO_OPINION, Attributes, Opinion, Verdict

READ_VERBS = frozenset({"get", "list", "watch"})


@dataclass(frozen=True, slots=True)
class Policy:
    """One line of the policy file; empty fields match nothing, `*` matches all."""

    user: str = ""
    group: str = ""
    readonly: bool = False
    api_group: str = ""
    namespace: str = ""
    resource: str = ""
    path: str = ""

    def matches(self, attributes: Attributes) -> bool:
        """Tell whether this line allows `attributes`."""
        if not self._names(attributes) or (self.readonly and attributes.verb not in READ_VERBS):
            return False
        if not attributes.is_resource:
            prefix = self.path.removesuffix("*")
            return self.path == attributes.path or (self.path.endswith("*") and attributes.path.startswith(prefix))
        return (
            self.namespace in ("*", attributes.namespace) and self.resource in ("*", attributes.resource)
            and self.api_group in ("*", attributes.group)
        )

    def _names(self, attributes: Attributes) -> bool:
        if not self.user and not self.group:
            return False
        identity = attributes.identity
        user = not self.user or self.user in ("*", identity.name)
        return user and (not self.group or self.group == "*" or self.group in identity.groups)


def parse(text: str) -> list[Mapping[str, Any]]:
    """Return the policies in a policy file; raise ValueError with the line's number."""
    policies: list[Mapping[str, Any]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            policy = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"policy file line {number}: {error}") from error
        if not isinstance(policy, dict) or policy.get("kind") != "Policy":
            raise ValueError(f"policy file line {number}: expected an object of kind Policy")
        policies.append(policy)
    return policies


class Abac:
    """Decides by a fixed list of policies."""

    def __init__(self, policies: Sequence[Mapping[str, Any]]) -> None:
        self._policies = tuple(_policy(policy.get("spec") or {}) for policy in policies)

    def decide(self, attributes: Attributes) -> Verdict:
        if any(policy.matches(attributes) for policy in self._policies):
            return Verdict(Opinion.ALLOW)
        return NO_OPINION


def _policy(spec: Mapping[str, Any]) -> Policy:
    return Policy(
        user=str(spec.get("user", "")), group=str(spec.get("group", "")), readonly=bool(spec.get("readonly")),
        api_group=str(spec.get("apiGroup", "")), namespace=str(spec.get("namespace", "")),
        resource=str(spec.get("resource", "")), path=str(spec.get("nonResourcePath", "")),
    )
