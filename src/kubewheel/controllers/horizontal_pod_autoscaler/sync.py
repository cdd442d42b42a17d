"""The reconcile of an autoscaler: read the scale, ask its metrics, move towards what they want, tell how it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubewheel.api import conditions, quantity, selectors
from kubewheel.api.errors import StatusError
from kubewheel.api.resources import Resource
from kubewheel.client import paths
from kubewheel.client.discovery import discover
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.horizontal_pod_autoscaler import pace
from kubewheel.controllers.horizontal_pod_autoscaler.pace import Bounds, Memory
from kubewheel.controllers.horizontal_pod_autoscaler.proposals import FAILURES, Asker, Proposal, Target
from kubewheel.controllers.horizontal_pod_autoscaler.ratio import Startup, Tolerances, Unknown
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Controller, Done, Key, Later, Outcome, World, changes, objects

KIND = "HorizontalPodAutoscaler.autoscaling"
ABLE, ACTIVE, LIMITED = "AbleToScale", "ScalingActive", "ScalingLimited"
TRUE, FALSE = "True", "False"


@dataclass(frozen=True, slots=True)
class Autoscalers:
    """The controller of autoscalers. It remembers what it recommended, so that windows and policies hold."""

    sync_seconds: float = 15.0
    tolerance: float = 0.1
    startup: Startup = field(default_factory=Startup)
    _memories: dict[Key, Memory] = field(default_factory=dict)

    def controller(self) -> Controller:
        """Return the controller."""
        return Controller(
            name="horizontal-pod-autoscaler-controller", identity="horizontal-pod-autoscaler",
            component="horizontal-pod-autoscaler", watches=KIND, reconcile=self.reconcile,
            ignores=changes.only_status, indexes={"Pod": {}},
        )

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Bring one autoscaler's target a step further, and come back after a while."""
        scaler = world.get(KIND, key)
        if scaler is None:
            self._memories.pop(key, None)
            return Done()
        if objects.is_deleting(scaler):
            return Done()
        turn = Turn(self, world, scaler, self._memories.setdefault(key, Memory()))
        try:
            await turn.run()
        except Stopped as stopped:
            world.event(scaler, WARNING, stopped.reason, str(stopped))
        await world.update_status(scaler, turn.status)
        return Later(self.sync_seconds)


class Stopped(Exception):
    """Nothing more can be done in this turn; `reason` is that of the event."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Turn:
    """One look at one autoscaler."""

    def __init__(self, settings: Autoscalers, world: World, scaler: Object, memory: Memory) -> None:
        self._settings = settings
        self._world = world
        self._scaler = scaler
        self._spec: Mapping[str, Any] = scaler["spec"]
        self._memory = memory
        self._now = world.clock.now()
        self.status: dict[str, Any] = {"desiredReplicas": 0, "currentMetrics": None, **(scaler.get("status") or {})}
        generation = scaler["metadata"].get("generation")
        if generation is not None:
            self.status["observedGeneration"] = generation

    def _set(self, kind: str, status: str, reason: str, message: str) -> None:
        self.status["conditions"] = conditions.with_condition(
            self.status.get("conditions"), kind, status, now=self._now, reason=reason, message=message)

    async def run(self) -> None:
        """Do it; raise Stopped when something is in the way."""
        path, scale = await self._scale()
        current = int((scale.get("spec") or {}).get("replicas") or 0)
        if not self._memory.recommendations:
            self._memory.recommendations.append((self._now, current))
        self.status["currentReplicas"] = current
        wanted, why, found = await self._wanted(scale, current)
        self.status["currentMetrics"] = [proposal.status for proposal in found] or None
        if wanted != current:
            await self._resize(path, scale, current, wanted, why)
        self.status["desiredReplicas"] = wanted

    async def _scale(self) -> tuple[str, Object]:
        """Return the scale of the target and its path."""
        reference = self._spec["scaleTargetRef"]
        try:
            resource = await self._resource(f"{reference.get('apiVersion') or 'v1'}/{reference['kind']}")
            path = paths.single(
                resource, objects.namespace(self._scaler), reference["name"], "scale", resource.version)
            scale = await self._world.client.get_path(path)
        except StatusError as error:
            self._set(ABLE, FALSE, "FailedGetScale",
                      f"the HPA controller was unable to get the target's current scale: {error}")
            raise Stopped("FailedGetScale", str(error)) from error
        self._set(ABLE, TRUE, "SucceededGetScale", "the HPA controller was able to get the target's current scale")
        return path, scale

    async def _resource(self, kind: str) -> Resource:
        """Return the resource of `apiVersion/Kind`; custom ones are looked up."""
        api_version, _, name = kind.rpartition("/")
        client = self._world.client
        found = client.registry.of(api_version, name)
        if found is None:
            known = (await discover(client)).resources
            found = next((each for each in known if (each.api_version, each.kind) == (api_version, name)), None)
        if found is None:
            raise StatusError(404, "NotFound", f'no matches for kind "{name}" in version "{api_version}"')
        return found

    async def _wanted(self, scale: Object, current: int) -> tuple[int, str, Sequence[Proposal]]:
        """Return how many replicas there shall be now, why, and what the metrics say."""
        bounds = Bounds(self._spec.get("minReplicas") or 1, self._spec["maxReplicas"])
        if current == 0:
            self._set(ACTIVE, FALSE, "ScalingDisabled",
                      "scaling is disabled since the replica count of the target is zero")
            return 0, "", ()
        if current > bounds.most:
            return bounds.most, "Current number of replicas above Spec.MaxReplicas", ()
        if current < bounds.least:
            return bounds.least, "Current number of replicas below Spec.MinReplicas", ()
        found = await self._ask(self._target(scale, current))
        best = max(found, key=lambda proposal: proposal.replicas)
        self._set(ACTIVE, TRUE, "ValidMetricFound",
                  f"the HPA was able to successfully calculate a replica count from {best.name}")
        why = "All metrics below target" if best.replicas < current else f"{best.name} above target"
        return self._paced(current, best.replicas, bounds), why, found

    def _paced(self, current: int, wanted: int, bounds: Bounds) -> int:
        behavior = self._spec.get("behavior")
        stable, reason, message = pace.stabilize(self._memory, current, wanted, behavior, self._now)
        self._set(ABLE, TRUE, reason, message)
        limited = pace.limit(self._memory, current, stable, bounds, behavior, self._now)
        self._set(LIMITED, FALSE if limited.replicas == stable else TRUE, limited.reason, limited.message)
        return limited.replicas

    def _target(self, scale: Object, current: int) -> Target:
        status = scale.get("status") or {}
        text = status.get("selector") or ""
        if not text:
            message = "the HPA target's scale is missing a selector"
            self._set(ACTIVE, FALSE, "InvalidSelector", message)
            raise Stopped("SelectorRequired", "selector is required")
        namespace = objects.namespace(self._scaler)
        selector = selectors.parse_labels(text)
        found = [
            pod for pod in self._world.list("Pod", namespace) if selector.matches(pod["metadata"].get("labels"))
        ]
        return Target(namespace, current, int(status.get("replicas") or 0), text, found)

    async def _ask(self, target: Target) -> list[Proposal]:
        """Return what the metrics propose; raise Stopped if none can tell, or some cannot and the rest want less."""
        asker = Asker(
            self._world.client, target, self._tolerances(), self._settings.startup, self._now, self._described)
        found: list[Proposal] = []
        failure: Stopped | None = None
        invalid = 0
        specs = self._spec.get("metrics") or ()
        for spec in specs:
            try:
                found.append(await asker.ask(spec))
            except Unknown as error:
                invalid += 1
                failure = failure or Stopped(FAILURES[spec["type"]], str(error))
        if failure is not None and (not found or max(each.replicas for each in found) < target.replicas):
            self.status["currentMetrics"] = [proposal.status for proposal in found] or None
            self._set(ACTIVE, FALSE, failure.reason,
                      f"the HPA was unable to compute the replica count: {failure}")
            self._world.event(self._scaler, WARNING, failure.reason, str(failure))
            raise Stopped("FailedComputeMetricsReplicas", (
                f"invalid metrics ({invalid} invalid out of {len(specs)}), first error is: {failure}"))
        return found

    def _described(self, kind: str) -> Resource:
        api_version, _, name = kind.rpartition("/")
        found = self._world.client.registry.of(api_version, name)
        if found is None:
            raise Unknown(f'no matches for kind "{name}" in version "{api_version}"')
        return found

    def _tolerances(self) -> Tolerances:
        behavior = self._spec.get("behavior") or {}
        own = [(behavior.get(name) or {}).get("tolerance") for name in ("scaleDown", "scaleUp")]
        down, up = (self._settings.tolerance if each is None else quantity.parse(each).milli / 1000 for each in own)
        return Tolerances(down, up)

    async def _resize(self, path: str, scale: Object, current: int, wanted: int, why: str) -> None:
        try:
            await self._world.client.put_path(path, {**scale, "spec": {"replicas": wanted}})
        except StatusError as error:
            self._set(ABLE, FALSE, "FailedUpdateScale",
                      f"the HPA controller was unable to update the target scale: {error}")
            raise Stopped("FailedRescale", f"New size: {wanted}; reason: {why}; error: {error}") from error
        self._set(ABLE, TRUE, "SucceededRescale",
                  f"the HPA controller was able to update the target scale to {wanted}")
        self._world.event(self._scaler, NORMAL, "SuccessfulRescale", f"New size: {wanted}; reason: {why}")
        self._memory.note_change(self._now, current, wanted)
        self.status["lastScaleTime"] = rfc3339(self._now)
