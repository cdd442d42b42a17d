"""What is allowed in a pod, but hardly meant: the warnings that its author gets.

Messages: pkg/api/pod/warnings.go in upstream's repository.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.api import names, quantity
from kubewheel.api.validation.affinity import PREFERRED, REQUIRED
from kubewheel.api.validation.pod_annotations import APPARMOR, SECCOMP_CONTAINER, SECCOMP_POD
from kubewheel.api.validation.windows import all_containers
from kubewheel.libs.wire import Object

NO_SELECTOR = "a null labelSelector results in matching no pod"
OLD_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
OLD_APPARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead'
_DEPRECATED_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
_DEPRECATED_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}
# Field of the volume, name in the message, and since when it is deprecated or does nothing.
_DEPRECATED_VOLUMES = (
    ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
)


def node_label_warning(key: str) -> str:
    """Return why a label of nodes should not be used any more, or nothing."""
    return _DEPRECATED_LABELS.get(key, "")


def term_warnings(term: Object, path: str, *, check_values: bool = False) -> list[str]:
    """Return the warnings about one term of a node selector; values that are demanded are validated already."""
    found = []
    for index, expression in enumerate(term.get("matchExpressions") or []):
        key = expression.get("key") or ""
        here = f"{path}.matchExpressions[{index}]"
        if message := node_label_warning(key):
            found.append(f"{here}.key: {key} is {message}")
        for place, value in enumerate((expression.get("values") or []) if check_values else []):
            found += [f"{here}.values[{place}]: {value} is invalid, {fault}" for fault in names.label_value(value)]
    return found


def _placement(spec: Object, path: str) -> Iterable[str]:
    for key in spec.get("nodeSelector") or {}:
        if message := node_label_warning(key):
            yield f"{path}.nodeSelector[{key}]: {message}"
    affinity: Mapping[str, Any] = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    place = f"{path}.affinity.nodeAffinity"
    for index, term in enumerate((affinity.get(REQUIRED) or {}).get("nodeSelectorTerms") or []):
        yield from term_warnings(term, f"{place}.{REQUIRED}.nodeSelectorTerms[{index}]")
    for index, term in enumerate(affinity.get(PREFERRED) or []):
        preference = term.get("preference") or {}
        yield from term_warnings(preference, f"{place}.{PREFERRED}[{index}].preference", check_values=True)
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or []):
        here = f"{path}.topologySpreadConstraints[{index}]"
        key = constraint.get("topologyKey") or ""
        if message := node_label_warning(key):
            yield f"{here}.topologyKey: {key} is {message}"
        if constraint.get("labelSelector") is None:
            yield f"{here}.labelSelector: {NO_SELECTOR}"


def _annotations(annotations: Object, path: str) -> Iterable[str]:
    for key, message in _DEPRECATED_ANNOTATIONS.items():
        if key in annotations:
            yield f"{path}.annotations[{key}]: {message}"


def _volumes(spec: Object, path: str) -> Iterable[str]:
    for index, volume in enumerate(spec.get("volumes") or []):
        here = f"{path}.volumes[{index}]"
        for name, shown, message in _DEPRECATED_VOLUMES:
            if volume.get(name) is not None:
                yield f"{here}.{shown}: {message}"
        template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
        if template:
            yield from claim_warnings(template.get("spec") or {}, f"{here}.ephemeral.volumeClaimTemplate.spec")


def claim_warnings(spec: Object, path: str) -> list[str]:
    """Return the warnings about the spec of a claim."""
    found = []
    for side in ("requests", "limits"):
        amount = quantity.of(((spec.get("resources") or {}).get(side) or {}).get("storage"))
        if amount.nanos % quantity.NANO:
            place = f"{path}.resources.{side}[storage]"
            found.append(f'{place}: fractional byte value "{amount}" is invalid, must be an integer')
    return found


def _token_conflicts(spec: Object, path: str) -> Iterable[str]:
    sources = [
        (index, source) for index, volume in enumerate(spec.get("volumes") or [])
        for source in (volume.get("projected") or {}).get("sources") or []
    ]
    tokens = {(source.get("serviceAccountToken") or {}).get("path") for _, source in sources} - {None}
    if not tokens:
        return
    for index, source in sources:
        here = f"{path}.volumes[{index}].projected.sources"
        for kind, shown in (("configMap", "configMap"), ("secret", "secrets"), ("downwardAPI", "downwardAPI")):
            for place, item in enumerate((source.get(kind) or {}).get("items") or []):
                if item.get("path") in tokens:
                    yield f'{here}.{shown}[{place}]: has duplicated path with ServiceAccountToken "{item["path"]}"'
        bundle = (source.get("clusterTrustBundle") or {}).get("path")
        if bundle in tokens:
            yield f'{here}.ClusterTrustBundle: has duplicated path with ServiceAccountToken "{bundle}"'


def _repeated(values: list[Any], path: str, field: str) -> Iterable[str]:
    seen: set[str] = set()
    for index, item in enumerate(values):
        value = item.get(field) or ""
        if value in seen:
            yield f'{path}[{index}].{field}: duplicate {field} "{value}"'
        seen.add(value)


def _fractions(amounts: Object | None, path: str) -> Iterable[str]:
    for name in ("memory", "ephemeral-storage"):
        amount = quantity.of((amounts or {}).get(name))
        if amount.milli % 1000:
            yield f'{path}[{name}]: fractional byte value "{amount}" is invalid, must be an integer'


def _env(container: Object, path: str) -> Iterable[str]:
    seen: set[str] = set()
    for index, variable in enumerate(container.get("env") or []):
        name, value = variable.get("name") or "", variable.get("value") or ""
        reference = f"$({name})"
        # A value that builds on the one it replaces is meant.
        builds_on = reference in value and value != reference and variable.get("valueFrom") is None
        if name in seen and not builds_on:
            yield f'{path}.env[{index}]: hides previous definition of "{name}", which may be dropped when using apply'
        seen.add(name)


def _profiles(container: Object, annotations: Object, path: str, *, has_apparmor: bool) -> Iterable[str]:
    context = container.get("securityContext") or {}
    key = f"{SECCOMP_CONTAINER}{container.get('name')}"
    if key in annotations and context.get("seccompProfile") is None:
        yield f"{path}.annotations[{key}]: {OLD_SECCOMP}"
    key = f"{APPARMOR}{container.get('name')}"
    if key in annotations and not has_apparmor:
        yield f"{path}.annotations[{key}]: {OLD_APPARMOR}"


def _ports(spec: Object, path: str) -> Iterable[str]:
    seen: dict[tuple[Any, Any], list[tuple[str, Any, Any]]] = {}
    for container, here in all_containers(spec, path):
        for index, port in enumerate(container.get("ports") or []):
            place = f"{here}.ports[{index}]"
            ip, host = port.get("hostIP") or "", port.get("hostPort") or 0
            if ip and not host:
                yield f"{place}: hostIP set without hostPort: {_shown_port(port)}"
            others = seen.setdefault((port.get("containerPort"), port.get("protocol")), [])
            for other, other_ip, other_host in others:
                if (ip, host) == (other_ip, other_host):
                    yield f"{place}: duplicate port definition with {other}"
                elif not host or not other_host:
                    yield f"{place}: overlapping port definition with {other}"
                elif host == other_host and bool(ip) != bool(other_ip):
                    yield f"{place}: dangerously ambiguous port definition with {other}"
            others.append((place, ip, host))


def _shown_port(port: Object) -> str:
    shown = (
        f"Name:{port.get('name') or ''}", f"HostPort:{port.get('hostPort') or 0}",
        f"ContainerPort:{port.get('containerPort') or 0}", f"Protocol:{port.get('protocol') or ''}",
        f"HostIP:{port.get('hostIP') or ''}",
    )
    return f"{{{' '.join(shown)}}}"


def _affinity_selectors(spec: Object, path: str) -> Iterable[str]:
    for kind in ("podAffinity", "podAntiAffinity"):
        found = (spec.get("affinity") or {}).get(kind) or {}
        here = f"{path}.affinity.{kind}"
        for index, term in enumerate(found.get(REQUIRED) or []):
            if term.get("labelSelector") is None:
                yield f"{here}.{REQUIRED}[{index}].labelSelector: {NO_SELECTOR}"
        for index, term in enumerate(found.get(PREFERRED) or []):
            if (term.get("podAffinityTerm") or {}).get("labelSelector") is None:
                yield f"{here}.{PREFERRED}[{index}].podAffinityTerm.labelSelector: {NO_SELECTOR}"


def _containers(spec: Object, annotations: Object, root: str, path: str) -> Iterable[str]:
    own = (spec.get("securityContext") or {}).get("appArmorProfile") is not None
    for container, here in all_containers(spec, path):
        has_apparmor = own or (container.get("securityContext") or {}).get("appArmorProfile") is not None
        yield from _profiles(container, annotations, root, has_apparmor=has_apparmor)
        needs = container.get("resources") or {}
        for side in ("limits", "requests"):
            yield from _fractions(needs.get(side), f"{here}.resources.{side}")
        yield from _env(container, here)


def pod_warnings(metadata: Object, spec: Object, root: str = "") -> list[str]:
    """Return the warnings about a pod, or about a template of pods that stands at `root`."""
    annotations = metadata.get("annotations") or {}
    path, meta = (f"{root}.spec", f"{root}.metadata") if root else ("spec", "metadata")
    found = [
        *_placement(spec, path), *_annotations(annotations, meta), *_volumes(spec, path), *_token_conflicts(spec, path),
        *_repeated(spec.get("hostAliases") or [], f"{path}.hostAliases", "ip"),
        *_repeated(spec.get("imagePullSecrets") or [], f"{path}.imagePullSecrets", "name"),
    ]
    for index, secret in enumerate(spec.get("imagePullSecrets") or []):
        if not secret.get("name"):
            found.append(f'{path}.imagePullSecrets[{index}].name: invalid empty name ""')
    found += _fractions(spec.get("overhead"), f"{path}.overhead")
    if SECCOMP_POD in annotations and (spec.get("securityContext") or {}).get("seccompProfile") is None:
        found.append(f"{meta}.annotations[{SECCOMP_POD}]: {OLD_SECCOMP}")
    found += [*_containers(spec, annotations, meta, path), *_ports(spec, path)]
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        rule = "must be >= 0; negative values are invalid and will be treated as 1"
        found.append(f"{path}.terminationGracePeriodSeconds: {rule}")
    return [*found, *_affinity_selectors(spec, path)]
