"""Policy rules: what a rule allows, whether rules cover other rules, and whom a binding means.

In: rules and subjects as roles and bindings hold them.  Out: verdicts; nothing here looks anything up.
Rules: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from kubewheel.api import selectors
from kubewheel.libs.wire import Identity, Object

ALL = "*"
SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:"

_FIELDS = (
    ("apiGroups", "groups", "APIGroups"), ("resources", "resources", "Resources"),
    ("nonResourceURLs", "paths", "NonResourceURLs"), ("resourceNames", "names", "ResourceNames"),
    ("verbs", "verbs", "Verbs"),
)


class Attributes(Protocol):
    """What somebody wants to do: to a resource, or to a `path` that names none."""

    @property
    def verb(self) -> str:
        """What is to be done."""
        ...

    @property
    def group(self) -> str:
        """The API group of the resource."""
        ...

    @property
    def resource(self) -> str:
        """The resource; empty for a path that names none."""
        ...

    @property
    def subresource(self) -> str:
        """The subresource; empty for the resource itself."""
        ...

    @property
    def name(self) -> str:
        """The name of the object; empty for a collection."""
        ...

    @property
    def path(self) -> str:
        """The path that is asked for."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready for look-ups; tuples keep the order in which a role lists its parts."""

    verbs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def parse(rule: Mapping[str, Any]) -> Rule:
    """Return the rule that a role holds in the form of the API."""
    return Rule(**{name: tuple(rule.get(field) or ()) for field, name, _ in _FIELDS})


def show(rule: Rule) -> dict[str, list[str]]:
    """Return `rule` in the form of the API."""
    return {field: list(values) for field, name, _ in _FIELDS if (values := getattr(rule, name))}


def covers(rule: Rule, attributes: Attributes) -> bool:
    """Return whether `rule` allows what `attributes` say."""
    if ALL not in rule.verbs and attributes.verb not in rule.verbs:
        return False
    if not attributes.resource:
        return any(_path_covers(held, attributes.path) for held in rule.paths)
    if ALL not in rule.groups and attributes.group not in rule.groups:
        return False
    if rule.names and attributes.name not in rule.names:
        return False
    return _has_resource(rule, attributes.resource, attributes.subresource)


def _has_resource(rule: Rule, resource: str, subresource: str) -> bool:
    if ALL in rule.resources:
        return True
    if not subresource:
        return resource in rule.resources
    return f"{resource}/{subresource}" in rule.resources or f"*/{subresource}" in rule.resources


def _path_covers(held: str, wanted: str) -> bool:
    if held in (ALL, wanted):
        return True
    return held.endswith(ALL) and wanted.startswith(held.rstrip(ALL))


def subject_matches(subject: Object, identity: Identity, namespace: str = "") -> bool:
    """Return whether a subject of a binding means `identity`.

    `namespace` is the binding's; a service account that names none is taken from there.
    """
    kind, name = subject.get("kind"), subject.get("name") or ""
    if kind == "User":
        return name == identity.name
    if kind == "Group":
        return name in identity.groups
    if kind != "ServiceAccount":
        return False
    home = subject.get("namespace") or namespace
    return bool(home) and identity.name == f"{SERVICE_ACCOUNT_PREFIX}{home}:{name}"


def rules_covered(owned: Iterable[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """Return the parts of `wanted`, one verb of one thing each, that no rule of `owned` covers."""
    holder = list(owned)
    return [part for rule in wanted for part in _parts(rule) if not any(_rule_covers(each, part) for each in holder)]


def _parts(rule: Rule) -> Iterator[Rule]:
    for group, resource, verb in itertools.product(rule.groups, rule.resources, rule.verbs):
        part = Rule((verb,), (group,), (resource,))
        if not rule.names:
            yield part
        for name in rule.names:
            yield replace(part, names=(name,))
    for path, verb in itertools.product(rule.paths, rule.verbs):
        yield Rule((verb,), paths=(path,))


def _rule_covers(owner: Rule, part: Rule) -> bool:
    if ALL not in owner.verbs and part.verbs[0] not in owner.verbs:
        return False
    if part.paths:
        return any(_path_covers(held, part.paths[0]) for held in owner.paths)
    if ALL not in owner.groups and part.groups[0] not in owner.groups:
        return False
    if owner.names and (not part.names or part.names[0] not in owner.names):
        return False
    wanted = part.resources[0]
    _, slash, subresource = wanted.partition("/")
    in_any = bool(slash) and f"*/{subresource}" in owner.resources
    return ALL in owner.resources or wanted in owner.resources or in_any


def compact(rules: Iterable[Rule]) -> list[Rule]:
    """Return `rules` with the verbs of rules about the same one thing joined."""
    joined: dict[Rule, Rule] = {}
    for rule in rules:
        thing = replace(rule, verbs=())
        known = joined.get(thing)
        joined[thing] = replace(rule, verbs=(*known.verbs, *rule.verbs)) if known else rule
    return list(joined.values())


def describe(rule: Rule) -> str:
    """Return `rule` as the refusal of an escalation writes it."""
    parts = [f"{label}:{_quoted(values)}" for _, name, label in _FIELDS if (values := getattr(rule, name))]
    return "{" + ", ".join(parts) + "}"


def _quoted(values: Iterable[str]) -> str:
    return "[" + " ".join(f'"{value}"' for value in values) + "]"


def escalation_refusal(identity: Identity, missing: Sequence[Rule]) -> str:
    """Return why `identity` may not grant rules of which it holds none of `missing`."""
    listed = "\n".join(sorted({describe(rule) for rule in compact(missing)}))
    return (
        f'user "{identity.name}" (groups={_quoted(identity.groups)}) is attempting to grant RBAC permissions not '
        f"currently held:\n{listed}"
    )


def aggregate(role: Object, roles: Iterable[Object]) -> list[Any] | None:
    """Return the rules that an aggregated ClusterRole must have, None if it is no aggregated one.

    Roles contribute in the order of the role's selectors, those of one selector by name, a repeated rule once.
    """
    aggregation = role.get("aggregationRule")
    if aggregation is None:
        return None
    everybody = sorted(roles, key=lambda each: str(each["metadata"]["name"]))
    rules: list[Any] = []
    for wanted in aggregation.get("clusterRoleSelectors") or []:
        selector = selectors.from_object(wanted)
        for other in everybody:
            if other["metadata"]["name"] == role["metadata"]["name"]:
                continue
            if selector.matches(other["metadata"].get("labels") or {}):
                rules += [rule for rule in other.get("rules") or [] if rule not in rules]
    return rules
