"""Images: pulled as the policy says, in the background, with back-off; and what the user is told meanwhile.

In: `ensure`, asked again and again by a pod's worker.  Out: the image, or why the container waits; a wake-up when a
pull has ended.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kubewheel.client import Recorder
from kubewheel.kubelet import credentials, image_names, pods
from kubewheel.kubelet.backoff import Backoff
from kubewheel.kubelet.plan import Start, Waiting
from kubewheel.kubelet.runtime import Credentials, Image, Images, PullError, RuntimeFailure, RuntimeUnavailable
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object

FIRST_BACKOFF, LONGEST_BACKOFF = 10.0, 300.0
SHOW_ERROR_SECONDS = 2.0  # How long ErrImagePull stays before it becomes ImagePullBackOff.
NORMAL, WARNING = "Normal", "Warning"
PULLING = Waiting("ContainerCreating")
Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class NotReady:
    """The container waits; `again_at` is when to ask anew (None: a wake-up comes), `in_progress` while pulling."""

    waiting: Waiting
    again_at: float | None = None
    in_progress: bool = False


@dataclass(slots=True)
class _Failure:
    waiting: Waiting
    at: float
    told: bool = False  # the back-off was told in events


@dataclass(frozen=True, slots=True)
class Order:
    """One container's image to be made ready."""

    pod: Object
    start: Start
    secrets: tuple[Object, ...] = ()

    @property
    def image(self) -> str:
        """Return the image's name as the user wrote it."""
        return str(self.start.spec.get("image", ""))

    @property
    def key(self) -> Key:
        """Return what tells this start of the container from others."""
        return pods.uid(self.pod), self.start.spec["name"], self.start.restart_count

    @property
    def backoff_key(self) -> str:
        """Return what pulls that fail are counted by."""
        return f"{pods.uid(self.pod)}/{self.image}"


class ImageKeeper:
    """Pulls images for the node's containers."""

    def __init__(
        self, runtime: Images, recorder: Recorder, clock: Clock, settings: KubeletSettings,
        group: asyncio.TaskGroup, wake: Callable[[str], None],
    ) -> None:
        self._runtime = runtime
        self._recorder = recorder
        self._clock = clock
        self._group = group
        self._wake = wake
        self._slots = asyncio.Semaphore(1 if settings.serialize_image_pulls else settings.max_parallel_pulls)
        self._backoff = Backoff(FIRST_BACKOFF, LONGEST_BACKOFF)
        self._pulls: dict[Key, asyncio.Task[None]] = {}
        self._pulled: dict[Key, Image] = {}
        self._failures: dict[Key, _Failure] = {}

    async def ensure(self, order: Order) -> Image | NotReady:
        """Return the image of a container that is about to start, or why it is not there yet."""
        key = order.key
        if key in self._pulled:
            return self._pulled.pop(key)
        if key in self._pulls:
            return NotReady(PULLING, in_progress=True)
        try:
            name = str(image_names.parse(order.image))
        except ValueError as error:
            return self._invalid(order, str(error))
        policy = order.start.spec.get("imagePullPolicy") or image_names.default_pull_policy(order.image)
        if policy != "Always":
            present = await self._runtime.image_status(name)
            if present is not None:
                message = f'Container image "{order.image}" already present on machine and can be accessed by the pod'
                self._tell(order, NORMAL, "Pulled", message)
                return present
        if policy == "Never":
            message = f'Container image "{order.image}" is not present with pull policy of Never'
            self._tell_once(order, "ErrImageNeverPull", message)
            return NotReady(Waiting("ErrImageNeverPull", message))
        return self._pull_or_hold(order, name)

    def release(self, pod_uid: str) -> None:
        """Stop pulling for a pod that is gone, and forget it."""
        for key in [key for key in self._pulls if key[0] == pod_uid]:
            self._pulls.pop(key).cancel()
        for memory in (self._pulled, self._failures):
            for key in [key for key in memory if key[0] == pod_uid]:
                del memory[key]

    def _invalid(self, order: Order, problem: str) -> NotReady:
        name = order.image
        text = f'Failed to apply default image tag "{name}": couldn\'t parse image name "{name}": {problem}'
        self._tell_once(order, "InspectFailed", text, "InvalidImageName")
        return NotReady(Waiting("InvalidImageName", text))

    def _pull_or_hold(self, order: Order, name: str) -> NotReady:
        failure, now = self._failures.get(order.key), self._clock.now()
        if failure is not None:
            until = self._backoff.ready_at(order.backoff_key, failure.at)
            if now < failure.at + SHOW_ERROR_SECONDS:
                return NotReady(failure.waiting, failure.at + SHOW_ERROR_SECONDS)
            if now < until:
                return self._hold(order, failure, until)
        task = tasks.create_task(self._group, self._pull(order, name), name=f"pull {name}")
        self._pulls[order.key] = task
        return NotReady(failure.waiting if failure else PULLING, in_progress=True)

    def _hold(self, order: Order, failure: _Failure, until: float) -> NotReady:
        short = f'Back-off pulling image "{order.image}"'
        if not failure.told:
            failure.told = True
            self._tell(order, NORMAL, "BackOff", short)
            self._tell(order, WARNING, "Failed", "Error: ImagePullBackOff")
        cause = failure.waiting
        text = f"{short}: {cause.reason}: {cause.message}"
        return NotReady(Waiting("ImagePullBackOff", text), until)

    async def _pull(self, order: Order, name: str) -> None:
        asked = self._clock.monotonic()
        try:
            async with self._slots:
                began = self._clock.monotonic()
                self._tell(order, NORMAL, "Pulling", f'Pulling image "{order.image}"')
                image = await self._fetch(order, name)
            self._succeeded(order, image, self._clock.monotonic() - began, self._clock.monotonic() - asked)
        except PullError as error:
            self._failed(order, error)
        except (RuntimeUnavailable, RuntimeFailure) as error:
            self._failed(order, PullError(str(error)))
        finally:
            self._pulls.pop(order.key, None)
            self._wake(pods.uid(order.pod))

    async def _fetch(self, order: Order, name: str) -> Image:
        """Pull with each of the credentials that fit, the last error counting."""
        choices: Iterable[Credentials | None] = credentials.find(order.image, order.secrets) or [None]
        problem: PullError | None = None
        for choice in choices:
            try:
                image_id = await self._runtime.pull_image(name, choice)
            except PullError as error:
                problem = error
                continue
            found = await self._runtime.image_status(image_id) or await self._runtime.image_status(name)
            return found or Image(image_id)
        raise problem or PullError("no credentials")

    def _succeeded(self, order: Order, image: Image, pulled: float, waited: float) -> None:
        self._backoff.reset(order.backoff_key)
        self._failures.pop(order.key, None)
        self._pulled[order.key] = image
        text = (
            f'Successfully pulled image "{order.image}" in {_seconds(pulled)} ({_seconds(waited)} including waiting). '
            f"Image size: {image.size_bytes} bytes."
        )
        self._tell(order, NORMAL, "Pulled", text)

    def _failed(self, order: Order, error: PullError) -> None:
        now = self._clock.now()
        self._backoff.fail(order.backoff_key, now, now)
        self._failures[order.key] = _Failure(Waiting(error.reason, str(error)), now)
        self._tell(order, WARNING, "Failed", f'Failed to pull image "{order.image}": {error}')
        self._tell(order, WARNING, "Failed", f"Error: {error.reason}")

    def _tell(self, order: Order, kind: str, reason: str, message: str) -> None:
        path = pods.field_path(order.pod, order.start.spec["name"])
        self._recorder.event(order.pod, kind, reason, message, field_path=path)

    def _tell_once(self, order: Order, reason: str, message: str, error: str = "") -> None:
        """Tell of a failure that stays until the pod changes."""
        known = self._failures.get(order.key)
        if known is not None and known.waiting.message == message:
            return
        self._failures[order.key] = _Failure(Waiting(reason, message), self._clock.now())
        self._tell(order, WARNING, reason, message)
        self._tell(order, WARNING, "Failed", f"Error: {error or reason}")


def _seconds(duration: float) -> str:
    """Return a duration as Go prints it, rounded to milliseconds."""
    if duration < 1:
        return f"{round(duration * 1000)}ms"
    minutes, rest = divmod(duration, 60)
    text = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    return f"{int(minutes)}m{text}" if minutes else text
