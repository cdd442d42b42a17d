"""Admission of connections: what is decided on are the options of the connection, as the URL gives them."""

from typing import Any

from kubewheel.api.registry import Resource
from kubewheel.apiserver import options
from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.plugin import Matter, Operations, Stage
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange

SWITCHES = ("stdin", "stdout", "stderr", "tty")


async def admit(exchange: Exchange, backend: Backend, resource: Resource) -> dict[str, Any]:
    """Return the options of the connection that the URL asks for; raise if it may not be made."""
    info = exchange.info
    group, version, kind = matching.kind_of(resource, info.subresource)
    content = {"kind": kind, "apiVersion": f"{group}/{version}" if group else version, **_given(exchange)}
    matter = Matter(
        Operations.CONNECT, resource, info.subresource, info.namespace if resource.namespaced else "", info.name,
        content, None, exchange.identity, False, exchange.warn, exchange.annotations.__setitem__,
    )
    await backend.admission.run(Stage.MUTATE, matter, backend)
    await backend.admission.run(Stage.VALIDATE, matter, backend)
    return content


def _given(exchange: Exchange) -> dict[str, Any]:
    request, subresource = exchange.request, exchange.info.subresource
    if subresource == "proxy":
        _, _, tail = request.path.partition(f"/{exchange.info.name}/proxy")
        return {"path": tail or "/"}
    if subresource == "portforward":
        ports = [*request.query.get("ports", ()), *request.query.get("port", ())]
        return {"ports": [int(each) if each.isdigit() else each for each in ports]} if ports else {}
    given: dict[str, Any] = {name: True for name in SWITCHES if options.is_true(request, name)}
    if container := request.parameter("container"):
        given["container"] = container
    if command := request.query.get("command"):
        given["command"] = list(command)
    return given


SUBRESOURCES = ()
