"""Flow schemas and priority levels that every cluster starts with; facts are those of upstream's defaults."""

from collections.abc import Iterable
from typing import Any

Made = dict[str, Any]

API_VERSION = "flowcontrol.apiserver.k8s.io/v1"
FIXED = "spec of '{}' must equal the fixed value"
MANDATORY = ("catch-all", "exempt")
ANNOTATIONS = {"apf.kubernetes.io/autoupdate-spec": "true"}

# Name -> shares, percent that may be lent, queues, hand size, length of a queue.
LEVELS = {
    "system": (30, 33, 64, 6, 50),
    "node-high": (40, 25, 64, 6, 50),
    "leader-election": (10, 0, 16, 4, 50),
    "workload-high": (40, 50, 128, 6, 50),
    "workload-low": (100, 90, 128, 6, 50),
    "global-default": (20, 50, 128, 6, 50),
}

MASTERS, NODES = "group:system:masters", "group:system:nodes"
EVERYBODY = ("group:system:unauthenticated", "group:system:authenticated")
KUBE_SYSTEM = "account:kube-system:*"
MANAGER, SCHEDULER = "user:system:kube-controller-manager", "user:system:kube-scheduler"

ALL_RESOURCES: Made = {
    "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"],
}
ALL_PATHS: Made = {"verbs": ["*"], "nonResourceURLs": ["*"]}
EVERYTHING = ([ALL_RESOURCES], [ALL_PATHS])
LEASE_VERBS = ["get", "create", "update"]
LEASES: Made = {
    "verbs": LEASE_VERBS, "apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "namespaces": ["*"],
}
ENDPOINTS: Made = {"verbs": LEASE_VERBS, "apiGroups": [""], "resources": ["endpoints"], "namespaces": ["*"]}
NODE_STATUS: Made = {
    "verbs": ["*"], "apiGroups": [""], "resources": ["nodes", "nodes/status"], "clusterScope": True,
    "namespaces": ["*"],
}
NODE_LEASES: Made = {"verbs": ["*"], "apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "namespaces": ["*"]}
PROBES: Made = {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]}

Wanted = tuple[list[Made], list[Made]]

# Name -> level, precedence, what distinguishes flows, subjects, (resource rules, rules about paths).
SCHEMAS: dict[str, tuple[str, int, str, tuple[str, ...], Wanted]] = {
    "exempt": ("exempt", 1, "", (MASTERS,), EVERYTHING),
    "probes": ("exempt", 2, "", EVERYBODY, ([], [PROBES])),
    "system-leader-election": ("leader-election", 100, "ByUser", (MANAGER, SCHEDULER, KUBE_SYSTEM), ([LEASES], [])),
    "endpoint-controller": (
        "workload-high", 150, "ByUser",
        (MANAGER, "account:kube-system:endpoint-controller", "account:kube-system:endpointslicemirroring-controller"),
        ([ENDPOINTS], []),
    ),
    "workload-leader-election": ("leader-election", 200, "ByUser", (KUBE_SYSTEM,), ([LEASES], [])),
    "system-node-high": ("node-high", 400, "ByUser", (NODES,), ([NODE_STATUS, NODE_LEASES], [])),
    "system-nodes": ("system", 500, "ByUser", (NODES,), EVERYTHING),
    "kube-controller-manager": ("workload-high", 800, "ByNamespace", (MANAGER,), EVERYTHING),
    "kube-scheduler": ("workload-high", 800, "ByNamespace", (SCHEDULER,), EVERYTHING),
    "kube-system-service-accounts": ("workload-high", 900, "ByNamespace", (KUBE_SYSTEM,), EVERYTHING),
    "service-accounts": ("workload-low", 9000, "ByUser", ("group:system:serviceaccounts",), EVERYTHING),
    "global-default": ("global-default", 9900, "ByUser", EVERYBODY, EVERYTHING),
    "catch-all": ("catch-all", 10000, "ByUser", EVERYBODY, EVERYTHING),
}


def _object(kind: str, name: str, spec: Made) -> Made:
    metadata = {"name": name, "annotations": dict(ANNOTATIONS)}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def priority_levels() -> list[Made]:
    """Return the PriorityLevelConfigurations."""
    exempt = {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}
    rejecting = {"nominalConcurrencyShares": 5, "lendablePercent": 0, "limitResponse": {"type": "Reject"}}
    made = [
        _object("PriorityLevelConfiguration", "exempt", exempt),
        _object("PriorityLevelConfiguration", "catch-all", {"type": "Limited", "limited": rejecting}),
    ]
    for name, (shares, lendable, queues, hand, length) in LEVELS.items():
        queuing = {"queues": queues, "handSize": hand, "queueLengthLimit": length}
        limited = {
            "nominalConcurrencyShares": shares, "lendablePercent": lendable,
            "limitResponse": {"type": "Queue", "queuing": queuing},
        }
        made.append(_object("PriorityLevelConfiguration", name, {"type": "Limited", "limited": limited}))
    return made


def _subject(text: str) -> Made:
    kind, _, name = text.partition(":")
    if kind == "account":
        namespace, _, account = name.partition(":")
        return {"kind": "ServiceAccount", "serviceAccount": {"namespace": namespace, "name": account}}
    return {"kind": kind.capitalize(), kind: {"name": name}}


def _copies(rules: Iterable[Made]) -> list[Made]:
    return [{name: list(value) if isinstance(value, list) else value for name, value in rule.items()} for rule in rules]


def flow_schemas() -> list[Made]:
    """Return the FlowSchemas."""
    made = []
    for name, (level, precedence, method, subjects, (resources, paths)) in SCHEMAS.items():
        rule: Made = {"subjects": [_subject(subject) for subject in subjects]}
        if resources:
            rule["resourceRules"] = _copies(resources)
        if paths:
            rule["nonResourceRules"] = _copies(paths)
        spec: Made = {
            "priorityLevelConfiguration": {"name": level}, "matchingPrecedence": precedence, "rules": [rule],
        }
        if method:
            spec["distinguisherMethod"] = {"type": method}
        made.append(_object("FlowSchema", name, spec))
    return made


def _mandatory(made: Iterable[Made]) -> dict[str, Made]:
    return {each["metadata"]["name"]: each["spec"] for each in made if each["metadata"]["name"] in MANDATORY}


def mandatory_levels() -> dict[str, Made]:
    """Return the specs that PriorityLevelConfigurations of these names must have."""
    return _mandatory(priority_levels())


def mandatory_schemas() -> dict[str, Made]:
    """Return the specs that FlowSchemas of these names must have."""
    return _mandatory(flow_schemas())
