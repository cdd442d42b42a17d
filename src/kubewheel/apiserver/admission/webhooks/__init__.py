"""Webhooks: MutatingAdmissionWebhook and ValidatingAdmissionWebhook ask servers outside what becomes of a request.

In: the configurations in the store and the matter of a request.  Out: changes of the object, or a refusal.
Protocol: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
"""

from kubewheel.apiserver.admission.plugin import Operations, Plugin, Stage
from kubewheel.apiserver.admission.webhooks import mutating, validating

# Behind all that completes or checks objects, before the quota is charged.
WEIGHT = 900

PLUGINS = (
    Plugin(mutating.NAME, Stage.MUTATE, WEIGHT, frozenset(Operations), mutating.admit),
    Plugin(validating.NAME, Stage.VALIDATE, WEIGHT, frozenset(Operations), validating.admit),
)
