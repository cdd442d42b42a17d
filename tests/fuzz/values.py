"""Values for fields: most as the schema wants them, some as nobody would write them."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from kubewheel.api import schema
from kubewheel.api.schema import Definition, Field, Type

DEPTH = 9
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, -(2**63), 2**64, 10**40, 1.5, -0.0, 1e300, "", " ", "x", "\x00",
    "\ud83d\ude00", "é" * 70, "a" * 300, "../..", "a/b/c", "%s%n", "null", "1", "-1", "NaN", "1e9999", "0x10", "{}", [],
    {}, [[]], [None], [1, "a"], {"": ""}, {"a": None}, {"a": {"a": {"a": []}}}, {"$patch": "delete"}, ["x"] * 40,
    "2020-13-45T99:99:99Z", "999999999999999999999Ei", "1m", "*", "[", "(?<", "\u2028", "${x}", "$(A)",
)
WORDS = (
    "a", "b", "default", "kube-system", "x.example.com", "app", "web", "n1", "nginx:1", "TCP", "UDP", "SCTP", "Always",
    "Never", "OnFailure", "IfNotPresent", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "None", "Local",
    "Cluster", "IPv4", "IPv6", "SingleStack", "RollingUpdate", "Recreate", "OnDelete", "Parallel", "OrderedReady",
    "Exists", "DoesNotExist", "In", "NotIn", "Gt", "Lt", "Equal", "NoSchedule", "NoExecute", "PreferNoSchedule",
    "ReadWriteOnce", "ReadOnlyMany", "Retain", "Delete", "Immediate", "WaitForFirstConsumer", "Filesystem", "Block",
    "Forbid", "Replace", "Allow", "Indexed", "NonIndexed", "FailJob", "Ignore", "Fail", "Count", "ScheduleAnyway",
    "DoNotSchedule", "Guaranteed", "RuntimeDefault", "Localhost", "Unconfined", "True", "False", "Unknown", "v1", "v2",
    "apps/v1", "Pod", "Deployment", "Opaque", "kubernetes.io/tls", "10.0.0.1", "10.96.0.77", "::1", "10.0.0.0/8",
    "*/5 * * * *", "@hourly", "1", "100m", "1Gi", "25%", "http", "/healthz", "kubernetes.io/hostname", "cpu", "memory",
    "pods", "Utilization", "Value", "Resource", "Prefix", "Exact", "get", "list", "User", "Group", "ServiceAccount",
    "Role", "ClusterRole", "rbac.authorization.k8s.io", "Limited", "Exempt", "Reject", "Queue", "Container", "object",
    "self.x == 1", "Cluster", "Namespaced", "example.com", "k8s.io", "system:masters",
)
QUANTITIES = ("0", "1", "100m", "1.5", "1Gi", "10M", "1e3", "5k", "0.5Gi", "-1", "1000000", "12E")
TIMES = ("2024-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2024-01-01T00:00:00+02:00", "9999-12-31T23:59:59Z")
NUMBERS = (0, 1, 2, 3, 5, 30, 80, 443, 8080, 65535, 65536, 100, 1000, 2**31 - 1, -1)


class Values:
    """Makes values; `oddness` is how likely each of them is a wrong one."""

    def __init__(self, chance: random.Random, oddness: float) -> None:
        self.chance = chance
        self.oddness = oddness
        self._schema = schema.load()

    def kind(self, group: str, version: str, kind: str, name: str) -> dict[str, Any]:
        """Return an object of a kind, or of something like it."""
        definition = self._schema.type_of(group, version, kind)
        made = self._fields(definition, 0) if definition is not None else self.anything(0)
        if not isinstance(made, dict):
            made = {}
        made["apiVersion"], made["kind"] = f"{group}/{version}" if group else version, kind
        if self.chance.random() < 0.9:
            made["metadata"] = {"name": name, **self._metadata()}
        return made

    def _metadata(self) -> dict[str, Any]:
        if self.chance.random() < 0.7:
            return {}
        known = self._schema.object_meta.fields
        name = self.chance.choice([*known])
        return {} if name in ("name", "namespace", "resourceVersion") else {name: self.field(known[name], 3)}

    def _fields(self, definition: Definition, depth: int) -> Any:
        if self.chance.random() < self.oddness:
            return odd(self.chance)
        if depth > DEPTH:
            return {}
        count = self.chance.choice((1, 2, 3, 5)) if depth else 20
        others = [name for name in definition.fields if name not in definition.required]
        chosen = [*definition.required, *self.chance.sample(others, min(count, len(others)))]
        made = {
            name: self.field(definition.fields[name], depth + 1) for name in chosen if name in definition.fields
            if self.chance.random() > self.oddness
        }
        if self.chance.random() < self.oddness:
            made[self.chance.choice(("wrong", "", "spec.x", "$patch", "metadata"))] = odd(self.chance)
        return made

    def field(self, field: Field, depth: int) -> Any:
        """Return a value for a field."""
        if self.chance.random() < self.oddness:
            return odd(self.chance)
        if field.type is Type.STRUCT:
            return self._fields(self._schema.definition(field.ref), depth)
        if field.type is Type.LIST:
            count = 0 if depth > DEPTH else self.chance.choice((0, 1, 1, 2))
            return [self.field(field.element, depth + 1) if field.element else 1 for _ in range(count)]
        if field.type is Type.MAP:
            return {
                self.chance.choice(WORDS): self.field(field.element, depth + 1) if field.element else "x"
                for _ in range(self.chance.choice((0, 1, 2)))
            }
        return SCALARS[field.type](self)

    def anything(self, depth: int) -> Any:
        """Return any JSON value."""
        if depth > 4 or self.chance.random() < 0.4:
            return _copied(self.chance.choice((*ODD, *WORDS)))
        if self.chance.random() < 0.5:
            return [self.anything(depth + 1) for _ in range(self.chance.randrange(3))]
        return {self.chance.choice(WORDS): self.anything(depth + 1) for _ in range(self.chance.randrange(4))}


SCALARS: Mapping[Type, Callable[[Values], Any]] = {
    Type.STRING: lambda made: made.chance.choice(WORDS),
    Type.BOOL: lambda made: made.chance.random() < 0.5,
    Type.INT32: lambda made: made.chance.choice(NUMBERS),
    Type.INT64: lambda made: made.chance.choice((*NUMBERS, 2**63 - 1)),
    Type.FLOAT64: lambda made: made.chance.choice((0, 1.5, -2, 1e300)),
    Type.BYTES: lambda made: made.chance.choice(("", "YQ==", "YWJj", "%%%", "YQ")),
    Type.TIME: lambda made: made.chance.choice(TIMES),
    Type.MICRO_TIME: lambda made: made.chance.choice(("2024-01-01T00:00:00.000000Z", *TIMES)),
    Type.QUANTITY: lambda made: made.chance.choice(QUANTITIES),
    Type.INT_OR_STRING: lambda made: made.chance.choice((0, 1, 80, "http", "25%", "-1%", "x y")),
    Type.ANY: lambda made: made.anything(1),
}


def odd(chance: random.Random) -> Any:
    """Return a value of its own that hardly any field takes."""
    return _copied(chance.choice(ODD))


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values in a value."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += paths(item, (*path, key))
    return found


def spoil(chance: random.Random, value: Any) -> Any:
    """Return a copy of a good object in which one or two values are odd, missing or elsewhere."""
    made = _copied(value)
    for _ in range(chance.choice((1, 1, 2, 3))):
        places = paths(made)
        if not places:
            return made
        *outer, last = chance.choice(places)
        inner = made
        for step in outer:
            inner = inner[step]
        action = chance.random()
        if action < 0.6:
            inner[last] = _copied(chance.choice((*ODD, *WORDS, *NUMBERS)))
        elif action < 0.75:
            del inner[last]
        elif action < 0.9 and isinstance(inner, list):
            inner.append(_copied(inner[last]))
        else:
            inner[last] = [inner[last]] if chance.random() < 0.5 else {"a": inner[last]}
    return made


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
