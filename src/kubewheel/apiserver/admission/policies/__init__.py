"""Admission policies: ValidatingAdmissionPolicies refuse requests, MutatingAdmissionPolicies change objects, by CEL.

In: policies and bindings in the store, and the matter of a request.  Out: changes of the object, or a refusal.
Semantics: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from kubewheel.apiserver.admission.plugin import WRITES, Operations, Plugin, Stage
from kubewheel.apiserver.admission.policies import mutating, param_access, type_checking, validating
from kubewheel.apiserver.admission.policies.registered import FOLLOWED, VALIDATING

# Right before the webhooks: what a policy refuses, nobody outside need be asked about.
WEIGHT = 890

PLUGINS = (
    Plugin(mutating.NAME, Stage.MUTATE, WEIGHT, frozenset(Operations), mutating.admit),
    Plugin(validating.NAME, Stage.VALIDATE, WEIGHT, frozenset(Operations), validating.admit),
    Plugin(
        param_access.NAME, Stage.VALIDATE, 20, WRITES, param_access.admit, frozenset(FOLLOWED), is_internal=True,
    ),
    Plugin(
        type_checking.NAME, Stage.VALIDATE, 2000, WRITES, type_checking.admit, frozenset({VALIDATING}),
        is_internal=True,
    ),
)
