"""Roles and bindings of the store, arranged by subject, so that a request costs only its own subject's rules.

The index follows the store: `refresh` re-reads one object after any write to it, whoever wrote it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.api.rbac import rules as rbac_rules
from kubewheel.libs.wire import Identity, Object
from kubewheel.storage import Key, Store

GROUP = "rbac.authorization.k8s.io"
ROLES, CLUSTER_ROLES = f"roles.{GROUP}", f"clusterroles.{GROUP}"
BINDINGS, CLUSTER_BINDINGS = f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}"
RESOURCES = (ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS)

EMPTY: Mapping[Key, "Binding"] = {}


@dataclass(frozen=True, slots=True)
class Binding:
    """What a binding gives to its subjects."""

    key: Key
    role: Key
    subjects: tuple[str, ...]  # As `subject_names` writes them.


def subject_names(identity: Identity) -> tuple[str, ...]:
    """Return the names under which bindings can mean `identity`."""
    return (f"u:{identity.name}", *(f"g:{group}" for group in identity.groups))


def _subject_name(subject: Mapping[str, Any], namespace: str) -> str:
    kind, name = subject.get("kind"), subject.get("name", "")
    if kind == "ServiceAccount":
        return f"u:system:serviceaccount:{subject.get('namespace') or namespace}:{name}"
    return f"g:{name}" if kind == "Group" else f"u:{name}"


class RbacIndex:
    """Answers which rules a subject has where."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bindings: dict[Key, Binding] = {}
        self._by_subject: dict[tuple[str, str], dict[Key, Binding]] = {}  # (namespace, subject); "" is cluster-wide
        self._rules: dict[Key, Sequence[rbac_rules.Rule]] = {}
        self.generation = 0

    def load(self) -> None:
        """Read all that the store holds."""
        for resource in RESOURCES:
            for entry in self._store.list(resource).entries:
                self.refresh(entry.key)

    def refresh(self, key: Key) -> None:
        """Re-read the object at `key`."""
        self.generation += 1
        entry = self._store.get(key)
        if key.resource in (ROLES, CLUSTER_ROLES):
            self._refresh_role(key, entry.object if entry else None)
        else:
            self._refresh_binding(key, entry.object if entry else None)

    def _refresh_role(self, key: Key, role: Object | None) -> None:
        if role is None:
            self._rules.pop(key, None)
        else:
            self._rules[key] = tuple(rbac_rules.parse(rule) for rule in role.get("rules") or ())

    def _refresh_binding(self, key: Key, stored: Object | None) -> None:
        old = self._bindings.pop(key, None)
        for subject in old.subjects if old else ():
            held = self._by_subject[key.namespace, subject]
            held.pop(key, None)
            if not held:
                del self._by_subject[key.namespace, subject]
        if stored is None:
            return
        reference = stored.get("roleRef") or {}
        is_role = reference.get("kind") == "Role"
        role = Key(ROLES if is_role else CLUSTER_ROLES, key.namespace if is_role else "", reference.get("name", ""))
        named = [_subject_name(subject, key.namespace) for subject in stored.get("subjects") or ()]
        subjects = tuple(dict.fromkeys(named))  # A binding may name somebody twice.
        binding = self._bindings[key] = Binding(key, role, subjects)
        for subject in subjects:
            self._by_subject.setdefault((key.namespace, subject), {})[key] = binding

    def rules(self, role: Key) -> Sequence[rbac_rules.Rule] | None:
        """Return the rules of a role, or None if it does not exist."""
        return self._rules.get(role)

    def grants(self, identity: Identity, namespace: str) -> Iterator[tuple[Binding, Sequence[rbac_rules.Rule] | None]]:
        """Yield what `identity` holds cluster-wide, then what it holds in `namespace`."""
        names = subject_names(identity)
        for scope in ("", namespace) if namespace else ("",):
            for name in names:
                for binding in self._by_subject.get((scope, name), EMPTY).values():
                    yield binding, self._rules.get(binding.role)
