"""PodSecurity: pods keep to the standard of their namespace; workloads are warned before their pods fail.

https://kubernetes.io/docs/concepts/security/pod-security-admission/
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubewheel.api.pod_security import changes, standards
from kubewheel.api.pod_security.policy import PREFIX, Policy, Standard, of_labels
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations, Plugin, Stage
from kubewheel.apiserver.verbs import checks
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

# Where the template of a workload's pods lies.
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "podtemplates": ("template",),
    "replicationcontrollers": ("spec", "template"),
    "replicasets.apps": ("spec", "template"),
    "deployments.apps": ("spec", "template"),
    "statefulsets.apps": ("spec", "template"),
    "daemonsets.apps": ("spec", "template"),
    "jobs.batch": ("spec", "template"),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
}
# Those that cannot change what a pod may do.
IGNORED = frozenset({"exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"})
MAX_PODS = 3000  # Existing pods that a new policy is held against.
SURVEY_SECONDS = 1.0  # And for how long.
MARK = PREFIX.encode()
PODS_AT_ONCE = 100  # Then others have their turn.


async def admit(matter: Matter, backend: "Backend") -> None:
    """Judge a namespace's labels, a pod, or a workload's template."""
    if matter.content is None:
        return
    key = matter.resource.storage_key
    if key == "namespaces":
        await _judge_namespace(matter, backend)
    elif key == "pods":
        if matter.subresource not in IGNORED:
            _judge_pod(matter, backend)
    elif not matter.subresource:
        _judge_template(matter, backend, TEMPLATES[key])


async def _judge_namespace(matter: Matter, backend: "Backend") -> None:
    if matter.subresource or matter.content is None:
        return
    settings = backend.settings.admission.pod_security
    wanted, faults = of_labels(_labels(matter.content), settings.defaults)
    is_exempt = matter.name in settings.namespaces
    if matter.operation is Operations.CREATE or matter.old is None:
        checks.refuse(matter.resource, matter.name, faults)
        if is_exempt:
            _warn_of_exemption(matter, wanted, settings.defaults)
        return
    before, known = of_labels(_labels(matter.old), settings.defaults)
    if faults != known:
        checks.refuse(matter.resource, matter.name, faults)
    standard = wanted.enforce
    if standard.allows_all or standard.is_laxer_or_equal(before.enforce):
        return
    if is_exempt:
        _warn_of_exemption(matter, wanted, settings.defaults)
        return
    for line in await _survey(matter.name, standard, backend):
        matter.warn(line)


def _warn_of_exemption(matter: Matter, policy: Policy, defaults: Policy) -> None:
    """Say that labels have no effect."""
    if policy.allows_all or policy == defaults:
        return
    labels = _labels(matter.content or {})
    modes = {"enforce": policy.enforce, "audit": policy.audit, "warn": policy.warn}
    told = [
        f"{mode}={standard}" for mode, standard in modes.items()
        if not standard.allows_all and (f"{PREFIX}{mode}" in labels or f"{PREFIX}{mode}-version" in labels)
    ]
    matter.warn(
        f'namespace "{matter.name}" is exempt from Pod Security, and the policy ({", ".join(told)}) will be ignored'
    )


async def _survey(namespace: str, standard: Standard, backend: "Backend") -> list[str]:
    """Return warnings about existing pods that the new policy would refuse."""
    exempt = backend.settings.admission.pod_security.runtime_classes
    entries = backend.store.list("pods", namespace).entries
    pods = changes.prioritized(
        (entry.object for entry in entries), lambda spec: spec.get("runtimeClassName") in exempt
    )
    survey = changes.Survey(namespace, standard, len(pods))
    end = backend.clock.now() + SURVEY_SECONDS
    for start in range(0, min(len(pods), MAX_PODS), PODS_AT_ONCE):
        if backend.clock.now() > end:
            break
        for pod in pods[start : min(start + PODS_AT_ONCE, MAX_PODS)]:
            survey.check(pod)
        await asyncio.sleep(0)
    return list(survey.warnings())


def _judge_pod(matter: Matter, backend: "Backend") -> None:
    policy = _policy(matter, backend)
    if policy is None or matter.content is None:
        return
    if policy.allows_all:
        matter.annotate(f"{PREFIX}enforce-policy", str(policy.enforce))
        return
    if matter.old is not None and not changes.is_significant(matter.content, matter.old):
        return
    _evaluate(matter, backend, policy, matter.content, enforces=True)


def _judge_template(matter: Matter, backend: "Backend", path: tuple[str, ...]) -> None:
    policy = _policy(matter, backend)
    if policy is None or (policy.warn.allows_all and policy.audit.allows_all):
        return
    template = matter.content
    for name in path:
        template = (template or {}).get(name)
    if template and template.get("spec"):
        _evaluate(matter, backend, policy, template, enforces=False)


def _policy(matter: Matter, backend: "Backend") -> Policy | None:
    """Return the policy of the matter's namespace, None if it or the user is exempt."""
    settings = backend.settings.admission.pod_security
    for reason, is_exempt in (
        ("namespace", matter.namespace in settings.namespaces), ("user", matter.identity.name in settings.users),
    ):
        if is_exempt:
            matter.annotate(f"{PREFIX}exempt", reason)
            return None
    entry = backend.store.get(Key("namespaces", "", matter.namespace))
    if entry is None:
        return None  # NamespaceLifecycle has refused, or will.
    if MARK not in entry.encoded:
        return settings.defaults
    policy, faults = of_labels(_labels(entry.object), settings.defaults)
    if faults:
        text = ", ".join(map(str, faults))
        matter.annotate(f"{PREFIX}error", f"Failed to parse policy: {text if len(faults) == 1 else f'[{text}]'}")
    return policy


def _evaluate(matter: Matter, backend: "Backend", policy: Policy, pod: Object, *, enforces: bool) -> None:
    metadata, spec = pod.get("metadata") or {}, pod["spec"]
    if spec.get("runtimeClassName") in backend.settings.admission.pod_security.runtime_classes:
        matter.annotate(f"{PREFIX}exempt", "runtimeClass")
        return
    modes = (policy.enforce, policy.audit, policy.warn)
    found = {each: standards.details(standards.evaluate(each, metadata, spec)) for each in dict.fromkeys(modes)}
    if found[policy.audit]:
        text = f'would violate PodSecurity "{policy.audit}": {found[policy.audit]}'
        matter.annotate(f"{PREFIX}audit-violations", text)
    if enforces:
        matter.annotate(f"{PREFIX}enforce-policy", str(policy.enforce))
        if found[policy.enforce]:
            raise matter.forbidden(f'violates PodSecurity "{policy.enforce}": {found[policy.enforce]}')
    if found[policy.warn]:
        matter.warn(f'would violate PodSecurity "{policy.warn}": {found[policy.warn]}')


def _labels(namespace: Object) -> Mapping[str, str]:
    return namespace["metadata"].get("labels") or {}


PLUGIN = Plugin(
    "PodSecurity", Stage.VALIDATE, 54, WRITES, admit, frozenset({"namespaces", "pods", *TEMPLATES})
)
