"""pods/exec, pods/attach and pods/portforward: the client's connection is joined to one to the pod's node."""

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import relay
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.subresources import connecting, log, pod_access
from kubewheel.apiserver.subresources.table import CONNECT_METHODS, Served
from kubewheel.libs.wire import Object, Request, Response

PATHS = {"exec": "exec", "attach": "attach", "portforward": "portForward"}
STREAMS = {"stdin": "input", "stdout": "output", "stderr": "error", "tty": "tty"}  # Our name: the node's.
METHODS = ("get", "create")


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Open the stream that the URL names."""
    wanted = await connecting.admit(exchange, backend, resource)
    pod = pod_access.pod_of(exchange, backend, resource)
    container = ""
    if exchange.info.subresource != "portforward":
        if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            raise errors.StatusError(
                400, "BadRequest", "cannot exec into a container in a completed pod; current phase is "
                f"{pod['status']['phase']}",
            )
        container = pod_access.container_of(pod, wanted.get("container") or "")
    node = pod_access.node_of(backend, pod)
    return await _open(exchange, backend, node, container, wanted)


async def _open(exchange: Exchange, backend: Backend, node: Object, container: str, wanted: Object) -> Response:
    request, info = exchange.request, exchange.info
    if not relay.is_upgrade(request.headers):
        raise errors.bad_request("Upgrade request required")
    path = f"/{PATHS[info.subresource]}/{info.namespace}/{info.name}"
    if container:
        path += f"/{container}"
    headers = relay.upgrade_headers(request.headers)
    answer = await backend.nodes.send(node, Request(request.method, path, _query(wanted), headers))
    if answer.status >= 400:
        raise await log.refused(answer)
    return relay.pass_on(answer)


def _query(wanted: Object) -> dict[str, list[str]]:
    query = {theirs: ["1"] for ours, theirs in STREAMS.items() if wanted.get(ours)}
    for name, theirs in (("command", "command"), ("ports", "port")):
        if wanted.get(name):
            query[theirs] = [str(each) for each in wanted[name]]
    return query


SUBRESOURCES = tuple(
    Served(name, {verb: handle for verb in CONNECT_METHODS if verb in METHODS}, frozenset({"pods"})) for name in PATHS
)
