"""pods/log: what a container has written, from its node."""

from kubewheel.api import errors
from kubewheel.api.errors import FieldError
from kubewheel.api.registry import Resource
from kubewheel.apiserver import log_socket, options, relay
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.subresources import pod_access
from kubewheel.apiserver.subresources.table import Served
from kubewheel.libs import websocket
from kubewheel.libs.wire import Request, Response

BOOLEANS = ("follow", "previous", "timestamps")
NUMBERS = {"sinceSeconds": 1, "tailLines": 0, "limitBytes": 1}
TEXTS = ("sinceTime", "stream")


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Stream the log of a container."""
    query = _query(exchange.request, exchange.info.name)
    pod = pod_access.pod_of(exchange, backend, resource)
    container = pod_access.container_of(pod, exchange.request.parameter("container"))
    if not pod_access.node_name_of(pod):
        # A pod that is nowhere has written nothing.
        return _shown(exchange.request, Response(200, {"Content-Type": "text/plain"}, body=b""))
    node = pod_access.node_of(backend, pod)
    path = f"/containerLogs/{exchange.info.namespace}/{exchange.info.name}/{container}"
    answer = await backend.nodes.send(node, Request("GET", path, query, {"accept": "*/*"}))
    if answer.status >= 400:
        raise await refused(answer)
    response = relay.pass_on(answer)
    response.headers["Content-Type"] = "text/plain"
    return _shown(exchange.request, response)


def _shown(request: Request, response: Response) -> Response:
    return log_socket.answer(request, response) if websocket.is_upgrade(request.headers) else response


def _query(request: Request, name: str) -> dict[str, list[str]]:
    """Return the options for the node; raise 422 for those that make no sense."""
    query = {option: ["true"] for option in BOOLEANS if options.is_true(request, option)}
    faults = []
    for option, least in NUMBERS.items():
        if not request.parameter(option):
            continue
        value = _number(request, option)
        query[option] = [str(value)]
        if value < least:
            detail = "must be greater than 0" if least else "must be greater than or equal to 0"
            faults.append(FieldError(option, "Invalid value", value, detail))
    for option in TEXTS:
        if request.parameter(option):
            query[option] = [request.parameter(option)]
    if "sinceSeconds" in query and "sinceTime" in query:
        faults.append(
            FieldError("", "Forbidden", detail="at most one of `sinceTime` or `sinceSeconds` may be specified")
        )
    if faults:
        raise errors.invalid("", "PodLogOptions", name, faults)
    return query


def _number(request: Request, option: str) -> int:
    text = request.parameter(option)
    try:
        return int(text)
    except ValueError as error:
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error


async def refused(answer: Response) -> errors.StatusError:
    """Return the error that a node's refusal stands for: its text is the message."""
    text = answer.encoded or answer.body or b""
    if answer.chunks is not None:
        text = b"".join([chunk async for chunk in answer.chunks])
    message = text.decode("utf-8", "replace").strip()
    if answer.object is not None and answer.object.get("kind") == "Status":
        return errors.from_status(answer.object)
    known = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound"}
    if answer.status == 404 and not message:
        message = "the server could not find the requested resource"
    if answer.status in known:
        return errors.StatusError(answer.status, known[answer.status], message)
    return errors.StatusError(answer.status, "InternalError" if answer.status == 500 else "", message)


SUBRESOURCES = (Served("log", {"get": handle}, frozenset({"pods"})),)
