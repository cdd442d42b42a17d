"""What the user wants of admission plugins; read from a file in upstream's format.

https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-AdmissionConfiguration
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kubewheel.api.pod_security.policy import PREFIX, UNLABELLED, Policy, of_labels
from kubewheel.apiserver import webhook_credentials
from kubewheel.apiserver.webhook_credentials import Contents, WebhookUsers

VERSIONS = ("apiserver.config.k8s.io/v1", "apiserver.k8s.io/v1alpha1")
MODES = ("enforce", "audit", "warn")
LIMIT_TYPES = ("Server", "Namespace", "User", "SourceAndObject")
CACHE_SIZE = 4096
WEBHOOKS = ("MutatingAdmissionWebhook", "ValidatingAdmissionWebhook")
DEFAULT_SELECTOR = "clusterDefaultNodeSelector"


@dataclass(frozen=True, slots=True)
class PodSecuritySettings:
    """The policy of namespaces without labels, and who is exempt from all policies."""

    defaults: Policy = UNLABELLED
    users: frozenset[str] = frozenset()
    runtime_classes: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EventLimit:
    """How many events a second may come, and how many at once, from everybody who shares a key of that type."""

    type: str
    per_second: float
    burst: int
    cache_size: int = CACHE_SIZE


@dataclass(frozen=True, slots=True)
class AdmissionSettings:
    """Settings of all admission plugins that have some."""

    pod_security: PodSecuritySettings = field(default_factory=PodSecuritySettings)
    event_limits: tuple[EventLimit, ...] = ()
    node_selectors: Mapping[str, str] = field(default_factory=dict)  # By namespace, and the cluster's default.
    default_tolerations: Sequence[Mapping[str, Any]] = ()
    allowed_tolerations: Sequence[Mapping[str, Any]] = ()
    webhook_users: Mapping[str, WebhookUsers] = field(default_factory=dict)  # By plugin.


Configuration = Mapping[str, Any]
Reader = Callable[[str], Any]
"""Returns what the YAML file of that name holds."""


def load(name: str, read: Reader, contents: Contents = str) -> AdmissionSettings:
    """Return what the file of that name says, which may name further files; raise ValueError."""
    content = read(name)
    if not isinstance(content, dict) or content.get("kind") != "AdmissionConfiguration":
        raise ValueError(f"{name} is no AdmissionConfiguration")
    if content.get("apiVersion") not in VERSIONS:
        raise ValueError(f"{name}: apiVersion must be one of {', '.join(VERSIONS)}")
    _refuse_unknown(content, ("apiVersion", "kind", "plugins"), name)
    settings = AdmissionSettings()
    for index, entry in enumerate(content.get("plugins") or ()):
        path = f"{name}: plugins[{index}]"
        _refuse_unknown(entry, ("name", "path", "configuration"), path)
        parse = PARSERS.get(entry.get("name"))
        if parse is None and entry.get("name") not in WEBHOOKS:
            known = ", ".join((*PARSERS, *WEBHOOKS))
            raise ValueError(f"{path}: plugin {entry.get('name')!r} takes no configuration; {known} do")
        configuration = entry.get("configuration") or (read(entry["path"]) if entry.get("path") else {})
        if not isinstance(configuration, dict):
            raise ValueError(f"{path}: the configuration must be a mapping")
        if parse is not None:
            settings = parse(settings, configuration, path)
        else:
            users = _webhook_users(configuration, path, read, contents)
            settings = replace(settings, webhook_users={**settings.webhook_users, entry["name"]: users})
    return settings


def _webhook_users(found: Configuration, path: str, read: Reader, contents: Contents) -> WebhookUsers:
    versions = {"WebhookAdmissionConfiguration": ("apiserver.config.k8s.io/v1",)}
    versions["WebhookAdmission"] = ("apiserver.config.k8s.io/v1alpha1",)
    kind = str(found.get("kind") or "WebhookAdmissionConfiguration")
    _expect(found, path, kind, versions.get(kind, ()), ("kubeConfigFile",))
    file = str(found.get("kubeConfigFile") or "")
    return webhook_credentials.parse(read(file), file, contents) if file else WebhookUsers()


def _refuse_unknown(found: Any, known: Sequence[str], path: str) -> None:
    if not isinstance(found, dict):
        raise ValueError(f"{path}: must be a mapping")
    for name in found:
        if name not in known:
            raise ValueError(f"{path}: unknown field {name!r}")


def _expect(found: Configuration, path: str, kind: str, versions: Sequence[str], fields: Sequence[str]) -> None:
    if found.get("kind") != kind or found.get("apiVersion") not in versions:
        raise ValueError(f"{path}: expected a {kind} of version {' or '.join(versions)}")
    _refuse_unknown(found, ("apiVersion", "kind", *fields), path)


def _pod_security(settings: AdmissionSettings, found: Configuration, path: str) -> AdmissionSettings:
    versions = [f"pod-security.admission.config.k8s.io/{each}" for each in ("v1", "v1beta1", "v1alpha1")]
    _expect(found, path, "PodSecurityConfiguration", versions, ("defaults", "exemptions"))
    defaults, exemptions = found.get("defaults") or {}, found.get("exemptions") or {}
    _refuse_unknown(defaults, (*MODES, *(f"{mode}-version" for mode in MODES)), f"{path}.defaults")
    _refuse_unknown(exemptions, ("usernames", "runtimeClasses", "namespaces"), f"{path}.exemptions")
    policy, faults = of_labels({f"{PREFIX}{name}": str(value) for name, value in defaults.items()}, UNLABELLED)
    if faults:
        name = faults[0].field.partition(PREFIX)[2].rstrip("]")
        raise ValueError(f"{path}.defaults.{name}: {faults[0].message()}")

    def names(which: str) -> frozenset[str]:
        return frozenset(map(str, exemptions.get(which) or ()))

    return replace(settings, pod_security=PodSecuritySettings(
        policy, names("usernames"), names("runtimeClasses"), names("namespaces")
    ))


def _event_limits(settings: AdmissionSettings, found: Configuration, path: str) -> AdmissionSettings:
    _expect(found, path, "Configuration", ("eventratelimit.admission.k8s.io/v1alpha1",), ("limits",))
    limits = [_event_limit(each, f"{path}.limits[{index}]") for index, each in enumerate(found.get("limits") or ())]
    if not limits:
        raise ValueError(f"{path}.limits: must not be empty")
    return replace(settings, event_limits=tuple(limits))


def _event_limit(found: Any, path: str) -> EventLimit:
    _refuse_unknown(found, ("type", "qps", "burst", "cacheSize"), path)
    if found.get("type") not in LIMIT_TYPES:
        raise ValueError(f"{path}.type: {found.get('type')!r} must be one of {', '.join(LIMIT_TYPES)}")
    for name in ("qps", "burst"):
        if not isinstance(found.get(name), int | float) or found[name] <= 0:
            raise ValueError(f"{path}.{name}: {found.get(name)!r} must be positive")
    size = found.get("cacheSize") or CACHE_SIZE
    if not isinstance(size, int) or size < 0:
        raise ValueError(f"{path}.cacheSize: {size!r} must not be negative")
    return EventLimit(found["type"], float(found["qps"]), int(found["burst"]), size)


def _node_selectors(settings: AdmissionSettings, found: Configuration, path: str) -> AdmissionSettings:
    _refuse_unknown(found, ("podNodeSelectorPluginConfig",), path)
    selectors = found.get("podNodeSelectorPluginConfig") or {}
    if not isinstance(selectors, dict):
        raise ValueError(f"{path}.podNodeSelectorPluginConfig: must be a mapping")
    for name, text in selectors.items():
        try:
            parse_selector(str(text or ""))
        except ValueError as error:
            raise ValueError(f"{path}.podNodeSelectorPluginConfig.{name}: {error}") from error
    return replace(settings, node_selectors={str(name): str(text or "") for name, text in selectors.items()})


def parse_selector(text: str) -> dict[str, str]:
    """Return the labels of a selector a=b,c=d; raise ValueError if it is of another form."""
    pairs = [part.partition("=") for part in text.split(",")] if text else []
    if any(not middle or "=" in value for _, middle, value in pairs):
        raise ValueError(f"invalid selector: {text}")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _tolerations(settings: AdmissionSettings, found: Configuration, path: str) -> AdmissionSettings:
    versions = ("podtolerationrestriction.admission.k8s.io/v1alpha1",)
    _expect(found, path, "Configuration", versions, ("default", "whitelist"))
    for name in ("default", "whitelist"):
        for index, each in enumerate(found.get(name) or ()):
            fields = ("key", "operator", "value", "effect", "tolerationSeconds")
            _refuse_unknown(each, fields, f"{path}.{name}[{index}]")
    return replace(
        settings, default_tolerations=tuple(found.get("default") or ()),
        allowed_tolerations=tuple(found.get("whitelist") or ()),
    )


PARSERS: Mapping[str, Callable[[AdmissionSettings, Configuration, str], AdmissionSettings]] = {
    "PodSecurity": _pod_security, "EventRateLimit": _event_limits, "PodNodeSelector": _node_selectors,
    "PodTolerationRestriction": _tolerations,
}
