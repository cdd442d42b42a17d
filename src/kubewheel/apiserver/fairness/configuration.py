"""The flows and levels of now: follows FlowSchemas and PriorityLevelConfigurations in the store, whoever wrote them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kubewheel.api.flowcontrol import bootstrap
from kubewheel.apiserver.fairness import classification, seats
from kubewheel.apiserver.fairness.classification import Schema
from kubewheel.apiserver.fairness.queues import Level
from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.libs.wire import Identity, Object
from kubewheel.storage import Key, Store

SCHEMAS = "flowschemas.flowcontrol.apiserver.k8s.io"
LEVELS = "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io"
CATCH_ALL = "catch-all"
KNOWN_FLOWS = 4096  # Remembered, so that classification costs one look-up for those who ask again and again.


@dataclass(frozen=True, slots=True)
class Flow:
    """What requests of one kind by one client have in common."""

    schema: Schema
    level: Level
    distinguisher: str
    hand: tuple[int, ...]
    headers: Mapping[str, str]


class Configuration:
    """Finds the flow of a request. Mandatory schemas and levels are there even while the store has none."""

    def __init__(self, store: Store, total: int) -> None:
        self.total = total
        self.pool = seats.Pool()
        self.levels: dict[str, Level] = {}
        self.schemas: list[Schema] = []
        self._leaving: list[Level] = []  # Deleted, but with requests in them.
        self._store = store
        self._flows: dict[object, Flow] = {}
        self._is_stale = True

    def refresh(self, key: Key) -> None:
        """Take note that the configuration changes."""
        self._is_stale = True
        if any(level.waiting for level in self.levels.values()):
            self._build()  # Those who wait may go on by it.

    def flow(self, identity: Identity, info: RequestInfo) -> Flow:
        """Return the flow of a request."""
        if self._is_stale:
            self._build()
        key = (
            (identity.name, identity.groups, info.verb, info.group, info.resource, info.subresource, info.namespace)
            if info.is_resource else (identity.name, identity.groups, info.verb, info.path)
        )
        found = self._flows.get(key)
        if found is None:
            if len(self._flows) >= KNOWN_FLOWS:
                self._flows.clear()
            found = self._flows[key] = self._find(identity, info)
        return found

    def all_levels(self) -> Iterator[Level]:
        """Yield every level, those that leave included."""
        if self._is_stale:
            self._build()
        yield from self.levels.values()
        yield from (each for each in self._leaving if each.executing or each.waiting)

    def _find(self, identity: Identity, info: RequestInfo) -> Flow:
        chosen = next((each for each in self.schemas if each.matches(identity, info)), None)
        if chosen is None:
            chosen = next(each for each in self.schemas if each.name == CATCH_ALL)
        level = self.levels[chosen.level_name]
        distinguisher = chosen.distinguish(identity, info)
        value = classification.flow_hash(chosen.name, distinguisher)
        return Flow(
            chosen, level, distinguisher, classification.deal(value, level.queue_count, level.hand_size),
            {"X-Kubernetes-PF-FlowSchema-UID": chosen.uid, "X-Kubernetes-PF-PriorityLevel-UID": level.uid},
        )

    def _build(self) -> None:
        self._is_stale = False
        self._flows = {}
        self._build_levels()
        self._build_schemas()
        self.pool.feed()

    def _build_levels(self) -> None:
        specs, uids = self._read(LEVELS, bootstrap.mandatory_levels())
        limits = seats.share(specs, self.total)
        self.pool.resize(limits.values())
        for name in [name for name in self.levels if name not in specs]:
            level = self.levels.pop(name)
            level.is_quiescing = True
            self._leaving = [each for each in (*self._leaving, level) if each.executing or each.waiting]
        for name, spec in specs.items():
            if name not in self.levels:
                self.levels[name] = Level(name, self.pool)
            self.levels[name].configure(uids[name], spec, limits[name])

    def _build_schemas(self) -> None:
        """Order the schemas; one whose level is missing is as if it were not there."""
        known = {each.name: each for each in self.schemas}
        specs, uids = self._read(SCHEMAS, bootstrap.mandatory_schemas())
        made = [known.get(name) or Schema(name, uids[name], spec) for name, spec in specs.items()]
        for schema in made:  # The same objects as before: requests that wait count into them.
            schema.configure(uids[schema.name], specs[schema.name])
        self.schemas = sorted(
            (each for each in made if each.level_name in self.levels), key=lambda each: (each.precedence, each.name)
        )

    def _read(self, resource: str, mandatory: Mapping[str, Object]) -> tuple[dict[str, Object], dict[str, str]]:
        specs, uids = dict(mandatory), dict.fromkeys(mandatory, "")
        for entry in self._store.list(resource).entries:
            content = entry.object
            specs[entry.key.name] = content.get("spec") or {}
            uids[entry.key.name] = str(content["metadata"].get("uid") or "")
        return specs, uids
