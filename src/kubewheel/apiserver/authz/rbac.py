"""RBAC: allowed is what some role says that some binding gives to the user or one of its groups."""

from kubewheel.api.rbac import rules as rbac_rules
from kubewheel.apiserver.authz.attributes import NO_OPINION, Attributes, Opinion, Verdict
from kubewheel.apiserver.authz.rbac_index import GROUP, RbacIndex
from kubewheel.libs.wire import Identity

ALLOWED = Verdict(Opinion.ALLOW)
REMEMBERED = 16384  # Decisions kept until a role or binding changes.


class Rbac:
    """Decides by roles and bindings."""

    def __init__(self, index: RbacIndex) -> None:
        self._index = index
        self._known: dict[tuple[object, ...], Verdict] = {}
        self._generation = -1

    def decide(self, attributes: Attributes) -> Verdict:
        if self._generation != self._index.generation or len(self._known) > REMEMBERED:
            self._known.clear()
            self._generation = self._index.generation
        identity = attributes.identity
        question = (
            identity.name, identity.groups, attributes.verb, attributes.group, attributes.resource,
            attributes.subresource, attributes.namespace, attributes.name, attributes.path,
        )
        verdict = self._known.get(question)
        if verdict is None:
            verdict = self._known[question] = self._evaluate(attributes)
        return verdict

    def _evaluate(self, attributes: Attributes) -> Verdict:
        missing = []
        for binding, rules in self._index.grants(attributes.identity, attributes.namespace):
            if rules is None:
                resource = binding.role.resource.partition(".")[0].removesuffix("s")
                missing.append(f'RBAC: {resource}.{GROUP} "{binding.role.name}" not found')
            elif any(rbac_rules.covers(rule, attributes) for rule in rules):
                return ALLOWED
        return Verdict(Opinion.NONE, ", ".join(missing)) if missing else NO_OPINION

    def rules_for(self, identity: Identity, namespace: str) -> list[rbac_rules.Rule]:
        """Return all rules that `identity` has in `namespace`, cluster-wide ones included."""
        return [rule for _, rules in self._index.grants(identity, namespace) for rule in rules or ()]
