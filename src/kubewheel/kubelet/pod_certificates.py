"""Certificates for pods: asked for with a PodCertificateRequest, waited for, and asked for anew before they end.

Keys are made here and only the pods' volumes ever hold them, so a restarted agent asks again; meanwhile the volumes
keep what they hold.

In: `credentials`, asked again and again while a pod's volumes are brought up to date.  Out: key and chain, or why there
are none yet; a wake-up when a request was decided.
"""

import asyncio
import base64
import random as random_module
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.client import Client, Informer, Recorder
from kubewheel.kubelet import pods
from kubewheel.kubelet.volumes import trust_bundles
from kubewheel.kubelet.volumes.kinds import Credentials, VolumeError
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock, parse_rfc3339
from kubewheel.libs.wire import Object

GROUP, KIND = "certificates.k8s.io", "PodCertificateRequest"
ISSUED, DENIED, FAILED = "Issued", "Denied", "Failed"
JITTER_SECONDS = 300.0  # So that pods which began together do not ask together for ever.
ABANDONED_SECONDS = 600.0  # A request that is not to be seen for so long was deleted.
OVERDUE_SECONDS = 600.0
SYNC_SECONDS = 10.0
NOT_YET = "credential bundle is not issued yet"
WARNING = "Warning"
Key = tuple[str, str, int]  # pod uid, volume, place of the source in it


@dataclass(frozen=True, slots=True)
class Want:
    """One source of one volume that needs a certificate."""

    pod: Object
    volume: str
    index: int
    source: Mapping[str, Any]

    @property
    def key(self) -> Key:
        """Return what tells this source from others."""
        return pods.uid(self.pod), self.volume, self.index


@dataclass(frozen=True, slots=True)
class Asked:
    """A request under way."""

    key: bytes
    name: str
    at: float


@dataclass(slots=True)
class Record:
    """What is known of one source."""

    asked: Asked | None = None
    held: Credentials | None = None
    refresh_at: float = 0.0
    expires: float = 0.0
    refused: str = ""  # decided for good
    told: frozenset[str] = frozenset()


def decision(request: Object) -> Mapping[str, Any] | None:
    """Return the condition that decided a request, or None."""
    listed = (request.get("status") or {}).get("conditions") or ()
    return next((each for each in listed if each.get("type") in (ISSUED, DENIED, FAILED)), None)


def body(want: Want, account: Object, node: Object, stub: bytes) -> dict[str, Any]:
    """Return the request for a certificate."""
    pod, source = want.pod, want.source
    spec: dict[str, Any] = {
        "signerName": source["signerName"], "podName": pods.name(pod), "podUID": pods.uid(pod),
        "serviceAccountName": account["metadata"]["name"], "serviceAccountUID": account["metadata"]["uid"],
        "nodeName": node["metadata"]["name"], "nodeUID": node["metadata"]["uid"],
        "stubPKCS10Request": base64.b64encode(stub).decode(),
    }
    if source.get("maxExpirationSeconds") is not None:
        spec["maxExpirationSeconds"] = source["maxExpirationSeconds"]
    if source.get("userAnnotations"):
        spec["unverifiedUserAnnotations"] = dict(source["userAnnotations"])
    owner = {"apiVersion": "v1", "kind": "Pod", "name": pods.name(pod), "uid": pods.uid(pod)}
    metadata = {"generateName": "req-", "namespace": pods.namespace(pod), "ownerReferences": [owner]}
    return {"apiVersion": f"{GROUP}/v1", "kind": KIND, "metadata": metadata, "spec": spec}


def _make(kind: str) -> tuple[bytes, bytes]:
    """Return a private key as PEM, and the stub of its request. Blocks."""
    from kubewheel.libs import certificate_keys  # Slow to load, and few nodes need it.

    key = certificate_keys.make(kind)
    return certificate_keys.pem(key), certificate_keys.stub_request(key)


class PodCertificates:
    """Asks for the node's pods; implements `volumes.kinds.Certificates`. `refresh` is told a pod's uid."""

    def __init__(
        self, client: Client, clock: Clock, recorder: Recorder, node: Callable[[], Object | None],
        refresh: Callable[[str], None],
    ) -> None:
        self._client = client
        self._clock = clock
        self._recorder = recorder
        self._node = node
        self._refresh = refresh
        self._records: dict[Key, Record] = {}
        self._requests: Informer | None = None
        self._needed = asyncio.Event()
        self._random = random_module.Random()  # noqa: S311 - jitter

    async def run(self) -> None:
        """Watch this node's requests, from the moment that a pod needs one; never returns."""
        await self._needed.wait()
        assert self._requests is not None
        async with asyncio.TaskGroup() as group:
            tasks.create_task(group, self._requests.run(), name="pod certificate requests")

    async def credentials(self, pod: Object, volume: str, index: int, source: Mapping[str, Any]) -> Credentials:
        """Return key and certificates of a volume's source; raise VolumeError while there are none."""
        want = Want(pod, volume, index, source)
        record = self._records.setdefault(want.key, Record())
        try:
            await self._advance(want, record)
        except (StatusError, OSError) as error:
            if record.held is None:
                raise VolumeError(str(error)) from error
        if record.held is None:
            raise VolumeError(record.refused or NOT_YET)
        return record.held

    def forget(self, pod_uid: str) -> None:
        """Drop what is known of a pod that is gone."""
        for key in [key for key in self._records if key[0] == pod_uid]:
            del self._records[key]

    async def _advance(self, want: Want, record: Record) -> None:
        """Take the next step if it is due: ask, look at the answer, ask anew."""
        if record.refused:
            return
        requests = await self._informer()
        if record.asked is not None:
            self._look(want, record, requests.get(pods.namespace(want.pod), record.asked.name))
        if record.held is not None:
            self._warn(want.pod, record)
        due = record.held is None or self._clock.now() >= record.refresh_at
        if record.asked is None and not record.refused and due:
            record.asked = await self._ask(want)

    async def _informer(self) -> Informer:
        node = self._node()
        if node is None:
            raise VolumeError("the node is not registered yet")
        if self._requests is None:
            ours = f"spec.nodeName={node['metadata']['name']}"
            self._requests = Informer(self._client, f"{KIND}.{GROUP}", fields=ours, clock=self._clock)
            self._requests.add_handler(self._changed)
            self._needed.set()
        if not self._requests.has_synced:
            try:
                async with asyncio.timeout(SYNC_SECONDS):
                    await self._requests.wait_synced()
            except TimeoutError as error:
                raise VolumeError("the node's PodCertificateRequests cannot be read") from error
        return self._requests

    def _changed(self, type: str, new: Object | None, old: Object | None) -> None:
        request = new or old
        if request is not None and (new is None or decision(new) is not None):
            self._refresh(str(request["spec"]["podUID"]))

    def _look(self, want: Want, record: Record, request: Object | None) -> None:
        """See what became of the request under way."""
        asked = record.asked
        assert asked is not None
        if request is None:
            if self._clock.now() > asked.at + ABANDONED_SECONDS:
                record.asked = None
            return
        found = decision(request)
        if found is None:
            return
        record.asked = None
        if found["type"] == ISSUED:
            status = request["status"]
            chain = trust_bundles.encode(trust_bundles.blocks(status["certificateChain"]))
            record.held = Credentials(asked.key, chain)
            jitter = self._random.uniform(0, JITTER_SECONDS)
            record.refresh_at = parse_rfc3339(status["beginRefreshAt"]) + jitter
            record.expires = parse_rfc3339(status["notAfter"])
            record.told = frozenset()
            return
        self._refuse(want.pod, record, request, found)

    def _refuse(self, pod: Object, record: Record, request: Object, found: Mapping[str, Any]) -> None:
        details = f'reason="{found.get("reason", "")}" message="{found.get("message", "")}"'
        done = "denied" if found["type"] == DENIED else "failed"
        record.refused = f"PodCertificateRequest was permanently {done}: {details}"
        name = f"{request['metadata']['namespace']}/{request['metadata']['name']}"
        verb = "was denied" if found["type"] == DENIED else "failed"
        text = f"PodCertificateRequest {name} {verb}, {details.replace(' message', ', message')}"
        self._recorder.event(pod, WARNING, found["type"], text)

    def _warn(self, pod: Object, record: Record) -> None:
        """Tell, once each, that a certificate should have been replaced by now."""
        now = self._clock.now()
        for due, reason, text in (
            (record.refresh_at + OVERDUE_SECONDS, "CertificateOverdueForRefresh", "PodCertificate refresh overdue"),
            (record.expires, "CertificateExpired", "PodCertificate expired"),
        ):
            if now > due and reason not in record.told:
                record.told |= {reason}
                self._recorder.event(pod, WARNING, reason, text)

    async def _ask(self, want: Want) -> Asked:
        """Make a key and a request for it; raise StatusError, OSError."""
        node = self._node()
        assert node is not None
        name = pods.spec(want.pod).get("serviceAccountName") or "default"
        account = await self._client.get("ServiceAccount", name, pods.namespace(want.pod))
        key, stub = await asyncio.to_thread(_make, want.source.get("keyType") or "")
        made = await self._client.create(body(want, account, node, stub))
        return Asked(key, str(made["metadata"]["name"]), self._clock.now())
