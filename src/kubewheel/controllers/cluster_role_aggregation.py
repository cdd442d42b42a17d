"""ClusterRole aggregation: a role with an aggregation rule has the rules of all roles that it selects.

In: ClusterRoles.  Out: their rules.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
"""

from collections.abc import Iterable, Sequence
from typing import Any

from kubewheel.api import selectors
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, key_of, objects

KIND = "ClusterRole.rbac.authorization.k8s.io"


async def reconcile(key: Key, world: World) -> Outcome:
    """Bring the rules of one aggregated role up to date."""
    role = world.get(KIND, key)
    if role is None or objects.is_deleting(role) or not role.get("aggregationRule"):
        return Done()
    wanted = plan_rules(role, world.list(KIND))
    if wanted != (role.get("rules") or []):
        await world.update({**role, "rules": wanted})
    return Done()


def plan_rules(role: Object, roles: Iterable[Object]) -> list[Any]:
    """Return the rules of all selected roles, in the order of their names, each once."""
    wanted: list[Any] = []
    parts = _selectors(role)
    for each in sorted(roles, key=objects.name):
        if objects.uid(each) == objects.uid(role) or not any(part.matches(objects.labels(each)) for part in parts):
            continue
        wanted += [rule for rule in each.get("rules") or () if rule not in wanted]
    return wanted


def _selectors(role: Object) -> Sequence[selectors.LabelSelector]:
    found = (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or ()
    return [selectors.from_object(each) for each in found]


def _aggregating(world: World, change: Change) -> Iterable[Key]:
    """Return the roles that select a changed role, or selected it before."""
    views = [objects.labels(each) for each in (change.old, change.new) if each is not None]
    return [
        key_of(role) for role in world.list(KIND)
        if any(part.matches(labels) for part in _selectors(role) for labels in views)
    ]


CONTROLLER = Controller(
    name="clusterrole-aggregation-controller", watches=KIND, reconcile=reconcile, maps=(Maps(KIND, _aggregating),),
    workers=1, ignores=lambda change: change.new is None or not change.new.get("aggregationRule"),
)
