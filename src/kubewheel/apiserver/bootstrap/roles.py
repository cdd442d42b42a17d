"""Roles and bindings that every cluster has. What an administrator added to them stays; what is missing comes back."""

from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.api.rbac import bootstrap
from kubewheel.api.rbac import rules as rbac_rules
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.bootstrap.ensure import Correct, ensure
from kubewheel.libs.wire import Object

AUTO_UPDATE = "rbac.authorization.kubernetes.io/autoupdate"
PASSES = 4  # Aggregated roles that are themselves aggregated: view → edit → admin.


async def reconcile(backend: Backend) -> None:
    """Make all roles, then all bindings."""
    cluster_roles = aggregated(bootstrap.cluster_roles())
    for role in cluster_roles:
        await ensure(backend, role, _role_correction(role))
    for binding in bootstrap.cluster_role_bindings():
        await ensure(backend, binding, _binding_correction(binding))
    for namespace, roles in bootstrap.roles().items():
        for role in roles:
            await ensure(backend, _in(namespace, role), _role_correction(role))
    for namespace, bindings in bootstrap.role_bindings().items():
        for binding in bindings:
            await ensure(backend, _in(namespace, binding), _binding_correction(binding))


def aggregated(roles: Iterable[Object]) -> list[dict[str, Any]]:
    """Return `roles` with the rules of aggregated ones filled in."""
    result = [dict(role) for role in roles]
    for _ in range(PASSES):
        for role in result:
            rules = rbac_rules.aggregate(role, result)
            if rules is not None:
                role["rules"] = rules
    return result


def _in(namespace: str, content: Object) -> dict[str, Any]:
    return {**content, "metadata": {**content["metadata"], "namespace": namespace}}


def _is_left_alone(content: Mapping[str, Any]) -> bool:
    return (content["metadata"].get("annotations") or {}).get(AUTO_UPDATE) == "false"


def _role_correction(wanted: Object) -> Correct:
    def correct(content: dict[str, Any]) -> None:
        if _is_left_alone(content):
            return
        _add_metadata(content, wanted)
        owned = [rbac_rules.parse(rule) for rule in content.get("rules") or ()]
        missing = rbac_rules.rules_covered(owned, [rbac_rules.parse(rule) for rule in wanted.get("rules") or ()])
        if missing:
            added = [rbac_rules.show(rule) for rule in rbac_rules.compact(missing)]
            content["rules"] = [*(content.get("rules") or ()), *added]
        if wanted.get("aggregationRule") and not content.get("aggregationRule"):
            content["aggregationRule"] = wanted["aggregationRule"]

    return correct


def _binding_correction(wanted: Object) -> Correct:
    def correct(content: dict[str, Any]) -> None:
        if _is_left_alone(content) or content.get("roleRef") != wanted.get("roleRef"):
            return
        _add_metadata(content, wanted)
        held = content.get("subjects") or []
        known = [_subject(subject) for subject in held]
        added = [subject for subject in wanted.get("subjects") or () if _subject(subject) not in known]
        if added:
            content["subjects"] = [*held, *added]

    return correct


def _subject(subject: Mapping[str, Any]) -> tuple[Any, ...]:
    return subject.get("kind"), subject.get("namespace", ""), subject.get("name")


def _add_metadata(content: dict[str, Any], wanted: Object) -> None:
    for field in ("labels", "annotations"):
        missing = {
            name: value for name, value in (wanted["metadata"].get(field) or {}).items()
            if name not in (content["metadata"].get(field) or {})
        }
        if missing:
            content["metadata"][field] = {**(content["metadata"].get(field) or {}), **missing}
