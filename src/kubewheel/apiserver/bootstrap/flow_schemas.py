"""Priority levels and flow schemas under upstream's names; tools list them, and administrators add their own.

Source: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#suggested-configuration-objects
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.bootstrap.ensure import ensure

API = "flowcontrol.apiserver.k8s.io/v1"
ALL = ("*",)
AUTO_UPDATE = {"apf.kubernetes.io/autoupdate-spec": "true"}

# Name: (nominal shares, lendable percent, queues, hand size, queue length); no queues means that excess is refused.
LEVELS: Mapping[str, tuple[int, int, int, int, int]] = {
    "catch-all": (5, 0, 0, 0, 0), "system": (30, 33, 64, 6, 50), "node-high": (40, 25, 64, 6, 50),
    "leader-election": (10, 0, 16, 4, 50), "workload-high": (40, 50, 128, 6, 50),
    "workload-low": (100, 90, 128, 6, 50), "global-default": (20, 50, 128, 6, 50),
}
LEASES = ("coordination.k8s.io",), ("leases",)


@dataclass(frozen=True, slots=True)
class Schema:
    """One flow schema: which requests of whom go to which level."""

    name: str
    level: str
    precedence: int
    groups: Sequence[str] = ()
    users: Sequence[str] = ()
    accounts: Sequence[tuple[str, str]] = ()
    resources: Sequence[tuple[Sequence[str], Sequence[str], Sequence[str]]] = ((ALL, ALL, ALL),)  # verbs, groups, names
    paths: Sequence[str] = ("*",)
    distinguisher: str = "ByUser"


LEASE_VERBS = ("get", "create", "update")
SCHEMAS = (
    Schema("exempt", "exempt", 1, groups=("system:masters",), distinguisher=""),
    Schema("probes", "exempt", 2, groups=("system:unauthenticated", "system:authenticated"), resources=(),
           paths=("/healthz", "/readyz", "/livez"), distinguisher=""),
    Schema("system-leader-election", "leader-election", 100,
           users=("system:kube-controller-manager", "system:kube-scheduler"),
           resources=((LEASE_VERBS, *LEASES),), paths=()),
    Schema("endpoint-controller", "workload-high", 150, users=("system:kube-controller-manager",),
           accounts=(("kube-system", "endpoint-controller"), ("kube-system", "endpointslicemirroring-controller")),
           resources=((LEASE_VERBS, ("",), ("endpoints",)),), paths=()),
    Schema("workload-leader-election", "leader-election", 200, accounts=(("kube-system", "*"),),
           resources=((LEASE_VERBS, *LEASES),), paths=()),
    Schema("system-node-high", "node-high", 400, groups=("system:nodes",),
           resources=((ALL, ("",), ("nodes", "nodes/status")), (ALL, *LEASES)), paths=()),
    Schema("system-nodes", "system", 500, groups=("system:nodes",)),
    Schema("kube-controller-manager", "workload-high", 800, users=("system:kube-controller-manager",)),
    Schema("kube-scheduler", "workload-high", 800, users=("system:kube-scheduler",)),
    Schema("kube-system-service-accounts", "workload-high", 900, accounts=(("kube-system", "*"),)),
    Schema("service-accounts", "workload-low", 9000, groups=("system:serviceaccounts",)),
    Schema("global-default", "global-default", 9900, groups=("system:unauthenticated", "system:authenticated")),
    Schema("catch-all", "catch-all", 10000, groups=("system:unauthenticated", "system:authenticated")),
)


async def reconcile(backend: Backend) -> None:
    """Make levels, then schemas."""
    await ensure(backend, _object("PriorityLevelConfiguration", "exempt", {
        "type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0},
    }))
    for name, numbers in LEVELS.items():
        await ensure(backend, _object("PriorityLevelConfiguration", name, _level(*numbers)))
    for schema in SCHEMAS:
        await ensure(backend, _object("FlowSchema", schema.name, _schema(schema)))


def _object(kind: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": API, "kind": kind, "metadata": {"name": name, "annotations": dict(AUTO_UPDATE)}, "spec": spec,
    }


def _level(shares: int, lendable: int, queues: int, hand: int, length: int) -> dict[str, Any]:
    response: dict[str, Any] = {"type": "Reject"}
    if queues:
        response = {"type": "Queue", "queuing": {"queues": queues, "handSize": hand, "queueLengthLimit": length}}
    limited = {"nominalConcurrencyShares": shares, "lendablePercent": lendable, "limitResponse": response}
    return {"type": "Limited", "limited": limited}


def _schema(schema: Schema) -> dict[str, Any]:
    subjects: list[dict[str, Any]] = [{"kind": "Group", "group": {"name": name}} for name in schema.groups]
    subjects += [{"kind": "User", "user": {"name": name}} for name in schema.users]
    subjects += [
        {"kind": "ServiceAccount", "serviceAccount": {"namespace": namespace, "name": name}}
        for namespace, name in schema.accounts
    ]
    rule: dict[str, Any] = {"subjects": subjects}
    if schema.resources:
        rule["resourceRules"] = [
            {"verbs": list(verbs), "apiGroups": list(groups), "resources": list(names), "clusterScope": True,
             "namespaces": ["*"]}
            for verbs, groups, names in schema.resources
        ]
    if schema.paths:
        rule["nonResourceRules"] = [{"verbs": ["*"], "nonResourceURLs": list(schema.paths)}]
    spec: dict[str, Any] = {
        "priorityLevelConfiguration": {"name": schema.level}, "matchingPrecedence": schema.precedence,
        "rules": [rule],
    }
    if schema.distinguisher:
        spec["distinguisherMethod"] = {"type": schema.distinguisher}
    return spec
