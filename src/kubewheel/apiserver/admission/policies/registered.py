"""The policies that are in use, with their bindings; follows both in the store.

A policy is compiled when a request first meets it, and again when it has changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kubewheel.api.admissionregistration import programs
from kubewheel.api.admissionregistration.programs import Programs
from kubewheel.api.errors import StatusError
from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.matching import Criteria
from kubewheel.apiserver.admission.shortlist import Shortlist
from kubewheel.libs.wire import Object
from kubewheel.storage import Key, Store

if TYPE_CHECKING:  # Loaded only where there are policies.
    from kubewheel.apiserver.admission.policies.metrics import PolicyMetrics

GROUP = matching.GROUP
VALIDATING = f"validatingadmissionpolicies.{GROUP}"
VALIDATING_BINDINGS = f"validatingadmissionpolicybindings.{GROUP}"
MUTATING = f"mutatingadmissionpolicies.{GROUP}"
MUTATING_BINDINGS = f"mutatingadmissionpolicybindings.{GROUP}"
FOLLOWED = (VALIDATING, VALIDATING_BINDINGS, MUTATING, MUTATING_BINDINGS)


@dataclass(frozen=True, slots=True)
class Binding:
    """What puts a policy to use."""

    name: str
    criteria: Criteria
    reference: Object | None  # To parameters.
    actions: Sequence[str]


class Definition:
    """A policy."""

    def __init__(self, policy: Object) -> None:
        spec = policy["spec"]
        self.object = policy
        self.name = str(policy["metadata"]["name"])
        self.criteria = matching.parse_resources(spec.get("matchConstraints"))
        self.param_kind: Object | None = spec.get("paramKind")
        self.fails_open = spec.get("failurePolicy") == "Ignore"
        self.is_reinvoked = spec.get("reinvocationPolicy") == "IfNeeded"

    @cached_property
    def programs(self) -> Programs:
        """Its expressions."""
        return programs.compile_policy(self.object)[0]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy in use."""

    definition: Definition
    bindings: Sequence[Binding]


def _parse_binding(binding: Object) -> tuple[str, Binding]:
    spec = binding["spec"]
    return str(spec.get("policyName") or ""), Binding(
        str(binding["metadata"]["name"]), matching.parse_resources(spec.get("matchResources")), spec.get("paramRef"),
        tuple(spec.get("validationActions") or ()),
    )


class Policies:
    """The policies of one server. Without any it costs nothing."""

    @cached_property
    def metrics(self) -> "PolicyMetrics":
        """What is counted about them."""
        from kubewheel.apiserver.admission.policies.metrics import PolicyMetrics

        return PolicyMetrics()

    def metric_lines(self) -> Iterator[str]:
        """Yield the lines of the text format; none before the first policy was asked."""
        return self.metrics.lines() if "metrics" in self.__dict__ else iter(())

    def __init__(self, store: Store) -> None:
        self._store = store
        self._used: dict[str, Shortlist[Policy]] = {}  # Made when first asked for after a change.
        self._definitions: dict[Key, Definition] = {}
        self._bindings: dict[Key, tuple[str, Binding]] = {}

    def refresh(self, key: Key) -> None:
        """Re-read the policy or binding at `key`."""
        entry = self._store.get(key)
        try:
            if key.resource in (VALIDATING, MUTATING):
                known = self._definitions.get(key)
                if entry is None:
                    self._definitions.pop(key, None)
                elif known is None or known.object.get("spec") != entry.object.get("spec"):
                    self._definitions[key] = Definition(entry.object)
            elif entry is None:
                self._bindings.pop(key, None)
            else:
                self._bindings[key] = _parse_binding(entry.object)
        except (KeyError, StatusError):  # Written by somebody who does not validate.
            self._definitions.pop(key, None)
            self._bindings.pop(key, None)
        self._used.clear()

    @property
    def validating(self) -> Shortlist[Policy]:
        """The ValidatingAdmissionPolicies in use."""
        return self._list(VALIDATING, VALIDATING_BINDINGS)

    @property
    def mutating(self) -> Shortlist[Policy]:
        """The MutatingAdmissionPolicies in use."""
        return self._list(MUTATING, MUTATING_BINDINGS)

    def _list(self, policy: str, binding: str) -> Shortlist[Policy]:
        if policy not in self._used:
            self._used[policy] = _used(self._definitions, self._bindings, policy, binding)
        return self._used[policy]


def _used(
    definitions: Mapping[Key, Definition], bindings: Mapping[Key, tuple[str, Binding]], policy: str, binding: str
) -> Shortlist[Policy]:
    """Return the policies that are bound, by name."""
    by_policy: dict[str, list[Binding]] = {}
    for key in sorted((each for each in bindings if each.resource == binding), key=lambda each: each.name):
        name, bound = bindings[key]
        by_policy.setdefault(name, []).append(bound)
    return Shortlist(
        (definitions[key].criteria, Policy(definitions[key], by_policy[key.name]))
        for key in sorted((each for each in definitions if each.resource == policy), key=lambda each: each.name)
        if key.name in by_policy
    )
