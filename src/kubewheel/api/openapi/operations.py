"""Operations: what can be done with a resource, on which path, with which parameters and bodies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kubewheel.api.patches import bodies
from kubewheel.api.resources import Resource, Subresource
from kubewheel.api.schema import META, Schema

DELETE_OPTIONS = META + "DeleteOptions"
STATUS = META + "Status"
PATCH = META + "Patch"
PATCH_TYPES = (bodies.JSON, bodies.MERGE, bodies.STRATEGIC, bodies.APPLY)

# Query parameters: name to (type, what it does).
PARAMETERS: Mapping[str, tuple[str, str]] = {
    "pretty": ("string", "If 'true', the output is pretty printed."),
    "dryRun": ("string", "'All': process every stage of the request, but store nothing."),
    "fieldManager": ("string", "Name of the actor that makes the change."),
    "fieldValidation": (
        "string", "What becomes of unknown and duplicate fields: 'Ignore', 'Warn' (the default) or 'Strict'.",
    ),
    "force": ("boolean", "Take fields from other managers; for apply requests only."),
    "labelSelector": ("string", "Restrict the objects by their labels. Defaults to everything."),
    "fieldSelector": ("string", "Restrict the objects by their fields. Defaults to everything."),
    "limit": ("integer", "The most objects to return; 'continue' in the answer leads to the rest."),
    "continue": ("string", "The token of an earlier answer, to continue its list."),
    "resourceVersion": ("string", "What versions the answer may be made from."),
    "resourceVersionMatch": ("string", "How resourceVersion is applied to a list."),
    "timeoutSeconds": ("integer", "End the call after so many seconds, whatever the activity."),
    "watch": ("boolean", "Watch for changes and return them as a stream of events."),
    "allowWatchBookmarks": ("boolean", "Send events of type BOOKMARK in a watch."),
    "sendInitialEvents": ("boolean", "Begin a watch with events for what exists, then send a bookmark."),
    "gracePeriodSeconds": ("integer", "Seconds before the object is deleted; 0 deletes at once."),
    "orphanDependents": ("boolean", "Use propagationPolicy instead."),
    "propagationPolicy": (
        "string", "What becomes of dependents: 'Orphan', 'Background' or 'Foreground'.",
    ),
    "follow": ("boolean", "Follow the log as it grows."),
    "container": ("string", "The container meant; may be left out if the pod has only one."),
    "previous": ("boolean", "Return the log of the terminated predecessor of the container."),
    "sinceSeconds": ("integer", "Show lines that are not older than so many seconds."),
    "sinceTime": ("string", "Show lines from this time on."),
    "tailLines": ("integer", "Show so many lines from the end."),
    "limitBytes": ("integer", "Stop after so many bytes."),
    "timestamps": ("boolean", "Begin every line with its time."),
    "command": ("string", "The command to run, one parameter for each word."),
    "stdin": ("boolean", "Send standard input."),
    "stdout": ("boolean", "Return standard output."),
    "stderr": ("boolean", "Return standard error."),
    "tty": ("boolean", "Give the command a terminal."),
    "ports": ("integer", "The ports to forward."),
    "path": ("string", "The path of the request to pass on."),
}
_LIST = (
    "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion",
    "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch",
)
_CHANGE = ("dryRun", "fieldManager", "fieldValidation")
_DELETE = ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy")
_STREAMS = ("container", "stderr", "stdin", "stdout", "tty")
_CONNECT: Mapping[str, tuple[str, ...]] = {
    "log": (
        "container", "follow", "limitBytes", "previous", "sinceSeconds", "sinceTime", "tailLines", "timestamps",
    ),
    "exec": ("command", *_STREAMS), "attach": _STREAMS, "portforward": ("ports",), "proxy": ("path",),
}
_METHODS = {"get": "get", "create": "post", "update": "put", "patch": "patch", "delete": "delete"}
_WORDS = {"get": "read", "create": "create", "update": "replace", "patch": "patch", "delete": "delete"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `action` is upstream's word; `body` and `answer` are names of definitions."""

    path: str
    method: str
    action: str
    name: str
    gvk: tuple[str, str, str]
    parameters: tuple[str, ...]
    body: str = ""
    answer: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The status codes of success."""
        return {"post": ("200", "201", "202"), "put": ("200", "201"), "patch": ("200", "201"),
                "delete": ("200", "202")}.get(self.action, ("200",))


def root(group: str, version: str) -> str:
    """Return the path of a group and version."""
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


def of(resource: Resource, schema: Schema) -> Iterator[Operation]:
    """Yield every operation on a resource and its subresources."""
    base = root(resource.group, resource.version)
    own = f"{base}/namespaces/{{namespace}}/{resource.plural}" if resource.namespaced else f"{base}/{resource.plural}"
    name = schema.name_of(*resource.gvk) or ""
    if resource.namespaced and "list" in resource.verbs:
        yield _list(resource, f"{base}/{resource.plural}", schema, "ForAllNamespaces")
    if "list" in resource.verbs:
        yield _list(resource, own, schema)
    if "create" in resource.verbs:
        yield Operation(own, "post", "post", _id(resource, "create"), resource.gvk, _CHANGE, name, name)
    if "deletecollection" in resource.verbs:
        parameters = tuple(sorted({*_LIST, *_DELETE} - {"watch", "allowWatchBookmarks"}))
        yield Operation(
            own, "delete", "deletecollection", _id(resource, "deleteCollection"), resource.gvk, parameters,
            DELETE_OPTIONS, STATUS,
        )
    for verb in ("get", "update", "patch", "delete"):
        if verb in resource.verbs:
            yield _single(verb, f"{own}/{{name}}", _id(resource, _WORDS[verb]), resource.gvk, name)
    for subresource in resource.subresources:
        yield from _below(resource, subresource, f"{own}/{{name}}/{subresource.name}", schema)


def _id(resource: Resource, word: str, suffix: str = "") -> str:
    """Return an operationId such as `readNamespacedPod` or `listDeploymentForAllNamespaces`, with the group in it."""
    group = "".join(part.capitalize() for part in (resource.group.partition(".")[0] or "core").split("-"))
    scope = "Namespaced" if resource.namespaced and suffix != "ForAllNamespaces" else ""
    return f"{word}{group}{resource.version.capitalize()}{scope}{resource.kind}{suffix}"


def _list(resource: Resource, path: str, schema: Schema, suffix: str = "") -> Operation:
    answer = schema.name_of(resource.group, resource.version, resource.list_kind) or ""
    return Operation(path, "get", "list", _id(resource, "list", suffix), resource.gvk, _LIST, answer=answer)


def _single(verb: str, path: str, name: str, gvk: tuple[str, str, str], definition: str) -> Operation:
    method = _METHODS[verb]
    if verb == "get":
        return Operation(path, method, "get", name, gvk, (), answer=definition)
    if verb == "delete":
        return Operation(path, method, "delete", name, gvk, _DELETE, DELETE_OPTIONS, STATUS)
    if verb == "patch":
        return Operation(path, method, "patch", name, gvk, (*_CHANGE, "force"), PATCH, definition)
    return Operation(path, method, method, name, gvk, _CHANGE, definition, definition)


def _below(resource: Resource, subresource: Subresource, path: str, schema: Schema) -> Iterator[Operation]:
    gvk = (subresource.group, subresource.version, subresource.kind)
    suffix = subresource.name.capitalize()
    if subresource.name in _CONNECT:
        for verb in subresource.verbs:
            action = "get" if subresource.name == "log" else "connect"
            name = _id(resource, "read" if action == "get" else f"connect{_METHODS[verb].capitalize()}", suffix)
            yield Operation(path, _METHODS[verb], action, name, gvk, _CONNECT[subresource.name])
        return
    definition = schema.name_of(*gvk) or ""
    for verb in subresource.verbs:
        yield _single(verb, path, _id(resource, _WORDS[verb], suffix), gvk, definition)
