"""Probes of containers, and what runs after their start and before their end."""

from dataclasses import dataclass

from kubewheel.api import names
from kubewheel.api.validation import ports
from kubewheel.api.validation.faults import (
    Faults,
    each,
    forbidden,
    invalid,
    not_negative,
    option,
    required,
)
from kubewheel.libs.wire import Object

PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
LIFECYCLE_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
SCHEMES = ("HTTP", "HTTPS")
WINDOWS_SIGNALS = ("SIGKILL", "SIGTERM")
_SIGNALS = (
    "SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL "
    "SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 "
    "SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIGRTMIN SIGRTMAX"
)
SIGNALS = tuple(sorted((
    *_SIGNALS.split(),
    *(f"SIGRTMIN+{number}" for number in range(1, 16)),
    *(f"SIGRTMAX-{number}" for number in range(1, 15)),
)))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rules for handlers need to know of the pod."""

    grace_seconds: int | None = 30
    os: str = ""


def _validate_http(action: Object, path: str) -> Faults:
    faults = [] if action.get("path") else [required(f"{path}.path")]
    faults += ports.validate_port_number_or_name(action.get("port"), f"{path}.port")
    faults += option(f"{path}.scheme", action.get("scheme") or "", SCHEMES)
    for header in action.get("httpHeaders") or []:
        name = header.get("name") or ""
        faults += each(f"{path}.httpHeaders", name, names.http_header(name))
    return faults


def _validate_sleep(action: Object, path: str, grace_seconds: int | None) -> Faults:
    seconds = action.get("seconds") or 0
    if grace_seconds is None or 0 <= seconds <= grace_seconds:
        return []
    detail = f"must be non-negative and less than terminationGracePeriodSeconds ({grace_seconds})"
    return [invalid(path, seconds, detail)]


def _validate_action(kind: str, action: Object, path: str, around: Surroundings) -> Faults:
    if kind == "exec":
        return [] if action.get("command") else [required(f"{path}.command")]
    if kind == "httpGet":
        return _validate_http(action, path)
    if kind == "sleep":
        return _validate_sleep(action, path, around.grace_seconds)
    return ports.validate_port_number_or_name(action.get("port"), f"{path}.port")


def _validate_handler(handler: Object, path: str, kinds: tuple[str, ...], around: Surroundings) -> Faults:
    found = [kind for kind in kinds if handler.get(kind) is not None]
    if not found:
        return [required(path, "must specify a handler type")]
    faults = _validate_action(found[0], handler[found[0]], f"{path}.{found[0]}", around)
    return faults + [forbidden(f"{path}.{kind}", "may not specify more than 1 handler type") for kind in found[1:]]


def validate_probe(container: Object, kind: str, path: str, around: Surroundings) -> Faults:
    """Check the probe `kind` (livenessProbe, readinessProbe, startupProbe) of a container, if it has one."""
    probe = container.get(kind)
    if probe is None:
        return []
    here = f"{path}.{kind}"
    faults = _validate_handler(probe, here, PROBE_HANDLERS, around)
    faults += not_negative(
        probe, here, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"
    )
    grace = probe.get("terminationGracePeriodSeconds")
    place = f"{here}.terminationGracePeriodSeconds"
    if grace is not None and grace <= 0:
        faults.append(invalid(place, grace, "must be greater than 0"))
    if kind == "readinessProbe":
        if grace is not None:
            faults.append(invalid(place, grace, "must not be set for readinessProbes"))
    elif (probe.get("successThreshold") or 0) != 1:
        faults.append(invalid(f"{here}.successThreshold", probe.get("successThreshold") or 0, "must be 1"))
    return faults


def _validate_stop_signal(signal: str | None, path: str, os: str) -> Faults:
    if signal is None:
        return []
    if not os:
        return [forbidden(path, "may not be set for containers with empty `spec.os.name`")]
    return option(path, signal, WINDOWS_SIGNALS if os == "windows" else SIGNALS)


def validate_lifecycle(lifecycle: Object | None, path: str, around: Surroundings) -> Faults:
    """Check what runs after a container's start and before its end."""
    faults: Faults = []
    for kind in ("postStart", "preStop"):
        if lifecycle and (handler := lifecycle.get(kind)) is not None:
            faults += _validate_handler(handler, f"{path}.{kind}", LIFECYCLE_HANDLERS, around)
    if lifecycle:
        faults += _validate_stop_signal(lifecycle.get("stopSignal"), f"{path}.stopSignal", around.os)
    return faults
