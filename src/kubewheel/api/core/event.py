"""Event: something that happened to an object, told to people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubewheel.api import durations, kinds, names
from kubewheel.api.errors import FieldError
from kubewheel.api.validation.faults import Faults, each, invalid, required
from kubewheel.libs.wire import Object

MISMATCH = "does not match event.namespace"
LIMITS = (("reportingInstance", 128), ("action", 128), ("reason", 128), ("message", 1024))


def _validate_namespace(obj: Object, *, is_new_form: bool) -> Faults:
    own = obj["metadata"].get("namespace") or ""
    about = (obj.get("involvedObject") or {}).get("namespace") or ""
    # Events about objects without a namespace live where everybody finds them.
    homes = ("default", "kube-system") if is_new_form else ("", "default")
    fits = own in homes if not about else is_new_form or own == about
    return [] if fits else [invalid("involvedObject.namespace", about, MISMATCH)]


def _validate_new_form(obj: Object) -> Faults:
    controller = obj.get("reportingComponent") or ""
    faults = [] if controller else [required("reportingController")]
    faults += each("reportingController", controller, names.qualified_name(controller))
    for name, limit in LIMITS:
        value = obj.get(name) or ""
        if not value and name != "message":
            faults.append(required(name))
        if len(value.encode()) > limit:
            faults.append(invalid(name, "", f"can have at most {limit} characters"))
    return faults


def validate(obj: Object) -> list[FieldError]:
    """Check an event by the rules of this group; those with `eventTime` have the form of events.k8s.io."""
    is_new_form = bool(obj.get("eventTime"))
    faults = _validate_namespace(obj, is_new_form=is_new_form)
    return faults + _validate_new_form(obj) if is_new_form else faults


def _source(obj: Object) -> str:
    source = obj.get("source") or {}
    component = source.get("component") or obj.get("reportingComponent") or ""
    instance = source.get("host") or obj.get("reportingInstance") or ""
    return f"{component}, {instance}" if instance else component


def _target(obj: Object) -> str:
    about = obj.get("involvedObject") or {}
    kind, name = (about.get("kind") or "").lower(), about.get("name")
    return f"{kind}/{name}" if name else kind


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of an event."""
    first = durations.age(obj.get("firstTimestamp") or obj.get("eventTime"), now)
    last = durations.age(obj["lastTimestamp"], now) if obj.get("lastTimestamp") else first
    count = obj.get("count") or 1
    if series := obj.get("series"):
        last, count = durations.age(series.get("lastObservedTime"), now), series.get("count") or 0
    return (
        last, obj.get("type") or "", obj.get("reason") or "", _target(obj),
        (obj.get("involvedObject") or {}).get("fieldPath") or "", _source(obj), (obj.get("message") or "").strip(),
        first, count, obj["metadata"].get("name"),
    )


def _about(name: str) -> Callable[[Object], str]:
    return lambda obj: (obj.get("involvedObject") or {}).get(name) or ""


def _own(name: str) -> Callable[[Object], str]:
    return lambda obj: obj.get(name) or ""


def _component(obj: Object) -> str:
    return (obj.get("source") or {}).get("component") or obj.get("reportingComponent") or ""


SELECTABLE: Mapping[str, Callable[[Object], str]] = {
    **{
        f"involvedObject.{name}": _about(name)
        for name in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
    },
    "reason": _own("reason"),
    "reportingComponent": _own("reportingComponent"),
    "source": _component,
    "type": _own("type"),
}

KIND = kinds.Kind(
    group="", kind="Event",
    validate=validate,
    columns=(
        kinds.Column("Last Seen", description="When it happened last."),
        kinds.Column("Type", description="Normal or Warning."),
        kinds.Column("Reason", description="What happened, in one word."),
        kinds.Column("Object", description="The object that it happened to."),
        kinds.Column("Subobject", wide=True, description="The part of the object."),
        kinds.Column("Source", wide=True, description="Who reports it."),
        kinds.Column("Message", description="What happened."),
        kinds.Column("First Seen", wide=True, description="When it happened first."),
        kinds.Column("Count", wide=True, description="How often it happened."),
        kinds.Column("Name", format="name", wide=True, description="The name of the event."),
    ),
    row=row, selectable=SELECTABLE,
)
