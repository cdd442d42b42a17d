"""Finds out which of the servers behind APIServices answer, and what they serve.

Looks when an APIService, its Service or the Service's endpoints change, and every half minute besides; asleep while all
APIServices are this server's own.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kubewheel.api import conditions, endpoint_slices, objects
from kubewheel.apiserver.aggregation import documents
from kubewheel.apiserver.aggregation.documents import Served
from kubewheel.apiserver.aggregation.proxy import SLICES, RemoteServers, Unresolved, plain_headers
from kubewheel.apiserver.aggregation.services import API_SERVICES, AVAILABLE, ApiServices, Remote
from kubewheel.apiserver.custom_resources.queue import Queue
from kubewheel.apiserver.follow import FollowedStore
from kubewheel.libs.clock import Clock
from kubewheel.libs.http_client import Unavailable
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Object, Request, Response
from kubewheel.storage import Conflict, Key
from kubewheel.storage import Unavailable as StoreUnavailable

CHECK_SECONDS = 5.0
LOOK_SECONDS = 30.0
FIRST_RETRY_SECONDS = 0.25
ATTEMPTS = 5  # Endpoints asked at once; one that answers is enough.

Condition = tuple[str, str, str]  # Status, reason, message.
PASSED: Condition = ("True", "Passed", "all checks passed")


class Availability:
    """Keeps the Available condition of all APIServices of other servers."""

    def __init__(self, store: FollowedStore, services: ApiServices, servers: RemoteServers, clock: Clock) -> None:
        self.served: dict[str, Served] = {}  # By the APIService's name.
        self.revision = 0  # Rises with each change of `served`.
        self._store = store
        self._services = services
        self._servers = servers
        self._clock = clock
        self._queue = Queue()
        self._seen: dict[str, Remote] = {}
        self._running: set[str] = set()
        self._again: set[str] = set()  # Changed while being looked at.
        self._turns: dict[str, int] = {}
        self._failures: dict[str, int] = {}
        services.listeners.append(self._changed)

    def _changed(self, name: str) -> None:
        """Look again at an APIService, unless nothing but what this wrote itself has changed."""
        remote = self._services.by_name(name)
        if remote is None:
            if self._seen.pop(name, None) is not None:
                self._queue.add(name)
        elif replace(remote, is_available=False) != self._seen.get(name):
            self._seen[name] = replace(remote, is_available=False)
            self._queue.add(name)

    def refresh(self, key: Key) -> None:
        """Look again at what depends on the Service or slice at `key`."""
        if not self._services.remotes:
            return
        service = key.name
        if key.resource == SLICES:
            entry = self._store.get(key)
            service = endpoint_slices.service_name(entry.object) if entry is not None else ""
        for remote in list(self._services.remotes.values()):
            if remote.namespace == key.namespace and service in (remote.service, ""):
                self._queue.add(remote.name)

    async def run(self) -> None:
        """Look at whatever changes; never returns."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    name = await self._queue.next()
                    if name in self._running:
                        self._again.add(name)
                    else:
                        self._running.add(name)
                        create_task(group, self._keep(name), name=f"api-service-{name}")
        finally:
            await self._servers.close()

    async def _keep(self, name: str) -> None:
        """Look at one APIService, then wait a while, or until something about it changes."""
        try:
            delay = await self.look(name)
        except (Conflict, StoreUnavailable):
            delay = FIRST_RETRY_SECONDS
        self._running.discard(name)
        turn = self._turns[name] = self._turns.get(name, 0) + 1
        if name in self._again:
            self._again.discard(name)
            self._queue.add(name)
        elif delay:
            await self._clock.sleep(delay)
            if self._turns.get(name) == turn:  # Else it has been looked at since, and that look's turn is next.
                self._queue.add(name)
        else:
            del self._turns[name]

    async def look(self, name: str) -> float:
        """Check one APIService and write what was found; return after how many seconds to look again."""
        remote = self._services.by_name(name)
        if remote is None:
            if self.served.pop(name, None) is not None:
                self.revision += 1
            self._failures.pop(name, None)
            return 0.0
        condition, served = await self._check(remote)
        if self.served.get(name) != served:
            self.served[name] = served
            self.revision += 1
        await self._write(name, condition)
        if condition == PASSED:
            self._failures.pop(name, None)
            return LOOK_SECONDS
        count = self._failures[name] = self._failures.get(name, 0) + 1
        return min(LOOK_SECONDS, FIRST_RETRY_SECONDS * (1 << min(count, 10)))

    async def _check(self, remote: Remote) -> tuple[Condition, Served]:
        """Return the condition of a remote version, and what it serves: what it last served if it does not answer."""
        last = self.served.get(remote.name, Served({}, is_current=False))
        stale = Served(last.version, is_current=False)
        fault = self._fault(remote)
        if fault is not None:
            return fault, stale
        try:
            addresses = self._servers.addresses(remote)[:ATTEMPTS]
        except Unresolved as error:
            return ("False", "FailedDiscoveryCheck", str(error)), stale
        answers = await asyncio.gather(*(self._ask(remote, each) for each in addresses))
        found = next((each for each in answers if isinstance(each, Response)), None)
        if found is None:
            return ("False", "FailedDiscoveryCheck", str(answers[-1])), stale
        return PASSED, Served(await self._discover(remote, addresses[answers.index(found)], found), is_current=True)

    def _fault(self, remote: Remote) -> Condition | None:
        """Return what is wrong with the Service of a remote version, if something is."""
        about = f'service/{remote.service} in "{remote.namespace}"'
        entry = self._store.get(Key("services", remote.namespace, remote.service))
        if entry is None:
            return "False", "ServiceNotFound", f"{about} is not present"
        spec = entry.object.get("spec") or {}
        if spec.get("type", "ClusterIP") != "ClusterIP":
            return None
        port = next((each for each in spec.get("ports") or () if each["port"] == remote.port), None)
        if port is None:
            return "False", "ServicePortError", f"{about} is not listening on port {remote.port}"
        slices = [each.object for each in self._store.list(SLICES, remote.namespace).entries]
        if not any(endpoint_slices.service_name(each) == remote.service for each in slices):
            return "False", "EndpointsNotFound", f"cannot find endpointslices for {about}"
        name = port.get("name") or ""
        if not endpoint_slices.ready(slices, remote.service, name):
            return "False", "MissingEndpoints", f'endpointslices for {about} have no addresses with port name "{name}"'
        return None

    async def _ask(self, remote: Remote, address: tuple[str, int]) -> Response | str:
        """Return the answer of one endpoint to a question that each must be able to answer, or what went wrong."""
        url = f"https://{address[0]}:{address[1]}{remote.path}"
        request = Request("GET", remote.path, headers=plain_headers("application/json"))
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                response = await self._servers.ask(remote, address, request, trusts=True)
        except TimeoutError:
            return f"timed out waiting for {url}"
        except (Unavailable, ValueError, OSError) as error:
            return f'failing or missing response from {url}: Get "{url}": {error.__cause__ or error}'
        if not 200 <= response.status < 300:
            return f"failing or missing response from {url}: bad status from {url}: {response.status}"
        return response

    async def _discover(self, remote: Remote, address: tuple[str, int], listed: Response) -> Mapping[str, Any]:
        """Return the version's entry in aggregated discovery, made from the older form if the server has no other."""
        request = Request("GET", "/apis", headers=plain_headers(documents.ACCEPT_AGGREGATED))
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                response = await self._servers.ask(remote, address, request, trusts=True)
        except (TimeoutError, Unavailable, ValueError, OSError):
            response = Response(503)
        found = documents.version_in(response.object, remote.group, remote.version)
        if response.status == 200 and found is not None:
            return found
        return documents.converted(listed.object or {}, remote.group, remote.version)

    async def _write(self, name: str, condition: Condition) -> None:
        entry = self._store.get(Key(API_SERVICES, "", name))
        if entry is None:
            return
        status, reason, message = condition
        wanted = {"type": AVAILABLE, "status": status, "reason": reason, "message": message}
        found: Object = conditions.find(entry.object, AVAILABLE) or {}
        if all(found.get(field) == value for field, value in wanted.items()):
            return
        new = objects.copy(entry.object)
        listed = (new.get("status") or {}).get("conditions")
        now = self._clock.now()
        new["status"] = {**(new.get("status") or {}), "conditions": conditions.with_condition(
            listed, AVAILABLE, status, now=now, reason=reason, message=message,
        )}
        await self._store.write(entry.key, new, expected=entry.revision)
