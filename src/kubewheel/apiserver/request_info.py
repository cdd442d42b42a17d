"""What a request asks for: verb, resource, name; derived from method and path alone.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
"""

from dataclasses import dataclass

from kubewheel.api import errors
from kubewheel.libs.wire import Request

VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
NAMESPACE_SUBRESOURCES = frozenset({"status", "finalize"})
LONG_RUNNING_SUBRESOURCES = frozenset({"proxy", "attach", "exec", "log", "portforward"})
METADATA_NAME = "metadata.name="


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The request in the words of authorization. `rest` holds path segments that follow name and subresource."""

    path: str = ""
    verb: str = ""
    is_resource: bool = False
    group: str = ""
    version: str = ""
    namespace: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    rest: tuple[str, ...] = ()
    field_selector: str = ""

    @property
    def is_read(self) -> bool:
        """Whether the request changes nothing."""
        return self.verb in ("get", "list", "watch", "head")

    @property
    def is_long_running(self) -> bool:
        """Whether the answer may last until the client goes away."""
        return self.verb in ("watch", "proxy") or self.subresource in LONG_RUNNING_SUBRESOURCES


def resolve(request: Request) -> RequestInfo:
    """Return what `request` asks for."""
    parts = [part for part in request.path.split("/") if part]
    if len(parts) < 3 or parts[0] not in ("api", "apis"):
        return _non_resource(request)
    if parts[0] == "api":
        group, version, tail = "", parts[1], parts[2:]
    elif len(parts) < 4:
        return _non_resource(request)
    else:
        group, version, tail = parts[1], parts[2], parts[3:]
    verb = VERBS.get(request.method, "")
    if tail[0] in ("watch", "proxy"):
        if len(tail) < 2:
            raise errors.bad_request(f"unable to determine kind and namespace from url, {request.path}")
        verb, tail = tail[0], tail[1:]
    return _resource(request, group, version, verb, tail)


def _non_resource(request: Request) -> RequestInfo:
    return RequestInfo(path=request.path, verb=request.method.lower())


def _resource(request: Request, group: str, version: str, verb: str, tail: list[str]) -> RequestInfo:
    namespace = ""
    if tail[0] == "namespaces" and len(tail) > 1:
        namespace = tail[1]
        if len(tail) > 2 and tail[2] not in NAMESPACE_SUBRESOURCES:
            tail = tail[2:]
    resource = tail[0]
    name = tail[1] if len(tail) > 1 else ""
    subresource, rest = "", tuple(tail[2:])
    if len(tail) > 2 and verb != "proxy":
        subresource, rest = tail[2], tuple(tail[3:])
    if not name and verb == "get":
        verb = "watch" if _is_true(request, "watch") else "list"
    elif not name and verb == "delete":
        verb = "deletecollection"
    fields = request.parameter("fieldSelector") if not name and verb in ("list", "watch", "deletecollection") else ""
    return RequestInfo(
        request.path, verb, True, group, version, namespace, resource, subresource, name or _selected_name(fields),
        rest, fields,
    )


def _is_true(request: Request, parameter: str) -> bool:
    values = request.query.get(parameter)
    return bool(values) and values[0].lower() not in ("false", "0")  # type: ignore[index]


def _selected_name(fields: str) -> str:
    """Return the one name that a field selector asks for; authorization by name looks at it."""
    for term in fields.split(","):
        if term.startswith(METADATA_NAME):
            return term.removeprefix(METADATA_NAME).removeprefix("=")
    return ""
