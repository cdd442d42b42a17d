"""Which requests a webhook or an admission policy is about: rules, selectors, and what is never looked at.

Semantics: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
#matching-requests-rules
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubewheel.api import errors, selectors
from kubewheel.api.registry import Registry, Resource
from kubewheel.api.selectors import LabelSelector
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

ALL = "*"
EQUIVALENT = "Equivalent"
GROUP = "admissionregistration.k8s.io"
# What decides on requests cannot be decided on: a mistake could not be mended any more.
EXEMPT = frozenset({
    "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
})
NAMESPACES = "namespaces"


def is_exempt(matter: Matter) -> bool:
    """Tell whether neither webhooks nor policies see the request."""
    return matter.resource.group == GROUP and matter.resource.kind in EXEMPT


def namespace_of(matter: Matter) -> str:
    """Return the namespace of a request; that of a Namespace is itself."""
    return name_of(matter) if matter.resource.key == NAMESPACES else matter.namespace


def name_of(matter: Matter) -> str:
    """Return the name of the object that is asked for; empty if the server has yet to make it up."""
    return matter.name or str(((matter.content or {}).get("metadata") or {}).get("name") or "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `names` are those of objects; empty means all."""

    operations: frozenset[str]
    groups: frozenset[str]
    versions: frozenset[str]
    resources: tuple[tuple[str, str], ...]  # plural, subresource
    scope: str
    names: frozenset[str] = frozenset()

    def matches(self, matter: Matter, resource: Resource) -> bool:
        """Tell whether the rule is about the request, were it for `resource`."""
        return (
            self.may_match(matter, resource) and self._matches_scope(matter)
            and (not self.names or name_of(matter) in self.names)
        )

    def may_match(self, matter: Matter, resource: Resource) -> bool:
        """Tell whether the rule is about requests of this kind, whatever object and namespace they are for."""
        return (
            _is_in(matter.operation, self.operations) and _is_in(resource.group, self.groups)
            and _is_in(resource.version, self.versions) and self._matches_resource(resource.plural, matter.subresource)
        )

    def _matches_resource(self, plural: str, subresource: str) -> bool:
        return any(
            wanted in (ALL, plural) and below in (ALL, subresource) for wanted, below in self.resources
        )

    def _matches_scope(self, matter: Matter) -> bool:
        if self.scope == ALL:
            return True
        return (self.scope == "Namespaced") == bool(matter.namespace and matter.resource.key != NAMESPACES)


def _is_in(value: str, wanted: frozenset[str]) -> bool:
    return ALL in wanted or value in wanted


def parse_rules(rules: Iterable[Object] | None) -> tuple[Rule, ...]:
    """Return rules as configurations and policies write them."""
    return tuple(
        Rule(
            frozenset(rule.get("operations") or ()), frozenset(rule.get("apiGroups") or ()),
            frozenset(rule.get("apiVersions") or ()),
            tuple((each.partition("/")[0], each.partition("/")[2]) for each in rule.get("resources") or ()),
            rule.get("scope") or ALL, frozenset(rule.get("resourceNames") or ()),
        )
        for rule in rules or ()
    )


@dataclass(frozen=True, slots=True)
class Criteria:
    """What requests have to be like. Without `rules`, all are, if `matches_without_rules`."""

    rules: tuple[Rule, ...]
    excluded: tuple[Rule, ...]
    finds_equivalents: bool
    namespaces: LabelSelector
    objects: LabelSelector
    matches_without_rules: bool = False

    def match(self, matter: Matter, backend: "Backend") -> Resource | None:
        """Return the resource, in the version that the rules name, that the request counts as; None if it is not meant.

        Raises a StatusError when the namespace that decides cannot be found.
        """
        if self.excluded and self._find(self.excluded, matter, backend.registry) is not None:
            return None
        found = self._find(self.rules, matter, backend.registry)
        if found is None and self.matches_without_rules and not self.rules:
            found = matter.resource
        if found is None or not self._matches_objects(matter) or not self._matches_namespace(matter, backend):
            return None
        return found

    def may_match(self, matter: Matter, registry: Registry) -> bool:
        """Tell whether the criteria are about requests of this kind, whatever object and namespace they are for."""
        if not self.rules:
            return self.matches_without_rules
        seen_as = [matter.resource, *(equivalents(matter, registry) if self.finds_equivalents else ())]
        return any(rule.may_match(matter, each) for rule in self.rules for each in seen_as)

    def _find(self, rules: Sequence[Rule], matter: Matter, registry: Registry) -> Resource | None:
        if any(rule.matches(matter, matter.resource) for rule in rules):
            return matter.resource
        if not self.finds_equivalents or not rules:
            return None
        others = equivalents(matter, registry)
        return next((other for rule in rules for other in others if rule.matches(matter, other)), None)

    def _matches_objects(self, matter: Matter) -> bool:
        if self.objects.is_empty:
            return True
        if matter.operation is Operations.CONNECT:
            return False  # What travels are options, which have no labels.
        judged = [each for each in (matter.content, matter.old) if each is not None]
        return any(self.objects.matches((each.get("metadata") or {}).get("labels")) for each in judged)

    def _matches_namespace(self, matter: Matter, backend: "Backend") -> bool:
        if self.namespaces.is_empty:
            return True
        namespace = namespace_of(matter)
        if matter.resource.key == NAMESPACES and not matter.subresource and matter.operation in WRITES:
            return self.namespaces.matches(((matter.content or {}).get("metadata") or {}).get("labels"))
        if not namespace:
            return True
        entry = backend.store.get(Key(NAMESPACES, "", namespace))
        if entry is None:
            raise errors.not_found("", NAMESPACES, namespace)
        return self.namespaces.matches(entry.object["metadata"].get("labels"))


def parse_webhook(webhook: Object) -> Criteria:
    """Return what a webhook is about."""
    return Criteria(
        parse_rules(webhook.get("rules")), (), webhook.get("matchPolicy") == EQUIVALENT,
        _selector(webhook, "namespaceSelector"), _selector(webhook, "objectSelector"),
    )


def parse_resources(resources: Object | None) -> Criteria:
    """Return what a policy (`matchConstraints`) or binding (`matchResources`) is about."""
    given = resources or {}
    return Criteria(
        parse_rules(given.get("resourceRules")), parse_rules(given.get("excludeResourceRules")),
        given.get("matchPolicy") == EQUIVALENT, _selector(given, "namespaceSelector"),
        _selector(given, "objectSelector"), matches_without_rules=True,
    )


def _selector(given: Object, name: str) -> LabelSelector:
    found = given.get(name)
    return selectors.EVERYTHING if found is None else selectors.from_object(found)


def equivalents(matter: Matter, registry: Registry) -> list[Resource]:
    """Return the other resources through which the object of a request can be reached: versions, and groups."""
    return [
        each for each in registry.sharing(matter.resource.storage_key)
        if each is not matter.resource
        and (not matter.subresource or each.subresource(matter.subresource) is not None)
    ]


def kind_of(resource: Resource, subresource: str) -> tuple[str, str, str]:
    """Return group, version and kind of what travels through a resource or one of its subresources."""
    below = resource.subresource(subresource) if subresource else None
    return resource.gvk if below is None else (below.group, below.version, below.kind)
