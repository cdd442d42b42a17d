"""Containers of a pod: the regular ones, those that prepare or accompany them, and those that debug them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kubewheel.api import names
from kubewheel.api.validation import env, mounts, ports, probes, resources, security_context
from kubewheel.api.validation.faults import (
    Faults,
    choice,
    duplicate,
    each,
    forbidden,
    invalid,
    not_found,
    option,
    required,
    too_many,
    unsupported,
)
from kubewheel.libs.wire import Object

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
RESIZABLE = ("cpu", "memory")
RESIZE_POLICIES = ("NotRequired", "RestartContainer")
RESTART_POLICIES = ("Always", "Never", "OnFailure")
RESTART_ACTIONS = ("Restart",)
RESTART_RULES, EXIT_CODES = 20, 255
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
NOT_FOR_INIT = "may not be set for init containers without restartPolicy=Always"
NOT_FOR_EPHEMERAL = "cannot be set for an Ephemeral Container"
FORBIDDEN_EPHEMERAL = (
    "ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", *PROBES, "lifecycle",
)


@dataclass(frozen=True, slots=True)
class Pod:
    """What the rules for containers need to know of the pod around them."""

    volumes: Mapping[str, Object] = field(default_factory=dict)
    claims: Collection[str] = ()
    restart_policy: str = "Always"
    host_users: bool = True
    around: probes.Surroundings = field(default_factory=probes.Surroundings)


def _validate_resize(policies: Sequence[Object], path: str, restart_policy: str) -> Faults:
    faults: Faults = []
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        name, restart = policy.get("resourceName") or "", policy.get("restartPolicy") or ""
        if name in seen:
            faults.append(duplicate(f"{path}[{index}]", name))
        seen.add(name)
        faults += choice(path, name, RESIZABLE)
        faults += choice(path, restart, RESIZE_POLICIES)
        if restart_policy == "Never" and restart != "NotRequired":
            faults.append(invalid(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"))
    return faults


def _validate_exit_codes(codes: Object | None, path: str) -> Faults:
    if codes is None:
        return [required(path, "must be specified")]
    values = codes.get("values") or []
    faults = choice(f"{path}.operator", codes.get("operator") or "", ("In", "NotIn"))
    if len(values) > EXIT_CODES:
        faults.append(too_many(f"{path}.values", len(values), EXIT_CODES))
    return faults


def _validate_restart(container: Object, path: str) -> Faults:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or []
    faults = option(f"{path}.restartPolicy", policy, RESTART_POLICIES)
    place = f"{path}.restartPolicyRules"
    if rules and policy is None:
        faults.append(required(f"{path}.restartPolicy", "must specify restartPolicy when restart rules are used"))
    if len(rules) > RESTART_RULES:
        faults.append(too_many(place, len(rules), RESTART_RULES))
    for index, rule in enumerate(rules):
        faults += choice(f"{place}[{index}].action", rule.get("action") or "", RESTART_ACTIONS)
        faults += _validate_exit_codes(rule.get("exitCodes"), f"{place}[{index}].exitCodes")
    return faults


def _validate_common(container: Object, path: str, pod: Pod) -> Faults:
    name = container.get("name") or ""
    faults = each(f"{path}.name", name, names.dns_label(name)) if name else [required(f"{path}.name")]
    if not container.get("image"):
        faults.append(required(f"{path}.image"))
    policy = container.get("terminationMessagePolicy") or ""
    faults += choice(f"{path}.terminationMessagePolicy", policy, MESSAGE_POLICIES)
    faults += ports.validate_container_ports(container.get("ports") or [], f"{path}.ports")
    faults += env.validate_env(container.get("env") or [], f"{path}.env")
    faults += env.validate_env_from(container.get("envFrom") or [], f"{path}.envFrom")
    faults += mounts.validate_mounts(container, path, pod.volumes)
    faults += choice(f"{path}.imagePullPolicy", container.get("imagePullPolicy") or "", PULL_POLICIES)
    faults += resources.validate_requirements(container.get("resources"), f"{path}.resources", claims=pod.claims)
    faults += _validate_resize(container.get("resizePolicy") or [], f"{path}.resizePolicy", pod.restart_policy)
    context = container.get("securityContext")
    return faults + security_context.validate_security_context(
        context, f"{path}.securityContext", host_users=pod.host_users
    )


def _validate_running(container: Object, path: str, pod: Pod) -> Faults:
    faults = probes.validate_lifecycle(container.get("lifecycle"), f"{path}.lifecycle", pod.around)
    for kind in PROBES:
        faults += probes.validate_probe(container, kind, path, pod.around)
    return faults


def validate_containers(containers: Sequence[Object], path: str, pod: Pod) -> Faults:
    """Check the regular containers."""
    if not containers:
        return [required(path)]
    faults: Faults = []
    seen: set[str] = set()
    for index, container in enumerate(containers):
        here = f"{path}[{index}]"
        faults += _validate_common(container, here, pod)
        name = container.get("name") or ""
        if name in seen:
            faults.append(duplicate(f"{here}.name", name))
        seen.add(name)
        faults += _validate_running(container, here, pod)
        faults += _validate_restart(container, here)
    return faults + ports.validate_host_ports(containers, path)


def validate_init_containers(
    containers: Sequence[Object], path: str, pod: Pod, regular: Sequence[Object]
) -> Faults:
    """Check the containers that run before, or alongside, the `regular` ones."""
    faults: Faults = []
    seen = {container.get("name") or "" for container in regular}
    for index, container in enumerate(containers):
        here = f"{path}[{index}]"
        faults += _validate_common(container, here, pod)
        faults += _validate_restart(container, here)
        name = container.get("name") or ""
        if name in seen:
            faults.append(duplicate(f"{here}.name", name))
        elif name:
            seen.add(name)
        # They run one after the other, so that only the ports of each one by itself can collide.
        faults += ports.validate_host_ports([container], path)
        if container.get("restartPolicy") == "Always":
            faults += _validate_running(container, here, pod)
        else:
            faults += [
                forbidden(f"{here}.{kind}", NOT_FOR_INIT) for kind in ("lifecycle", *PROBES)
                if container.get(kind) is not None
            ]
    return faults


def validate_ephemeral_containers(spec: Object, path: str, pod: Pod) -> Faults:
    """Check the containers that were put into a running pod to debug it."""
    faults: Faults = []
    others = {
        container.get("name") or "" for kind in ("containers", "initContainers") for container in spec.get(kind) or []
    }
    seen = set(others)
    for index, container in enumerate(spec.get("ephemeralContainers") or []):
        here = f"{path}[{index}]"
        faults += _validate_common(container, here, pod)
        faults += validate_image_padding(container, here)
        name, target = container.get("name") or "", container.get("targetContainerName") or ""
        if name in seen:
            faults.append(duplicate(f"{here}.name", name))
        seen.add(name)
        if target and target not in others:
            faults.append(not_found(f"{here}.targetContainerName", target))
        given = [kind for kind in FORBIDDEN_EPHEMERAL if container.get(kind)]
        faults += [forbidden(f"{here}.{kind}", NOT_FOR_EPHEMERAL) for kind in given]
        for place, mount in enumerate(container.get("volumeMounts") or []):
            faults += [
                forbidden(f"{here}.volumeMounts[{place}].{kind}", NOT_FOR_EPHEMERAL)
                for kind in ("subPath", "subPathExpr") if mount.get(kind)
            ]
    return faults


def validate_image_padding(container: Object, path: str) -> Faults:
    """Check that no blanks surround the image of a container in a pod (templates may have them)."""
    image = container.get("image") or ""
    if image == image.strip():
        return []
    return [invalid(f"{path}.image", image, "must not have leading or trailing whitespace")]


def validate_restart_policy(policy: str, path: str) -> Faults:
    """Check when the containers of a pod are started again."""
    supported = ("Always", "OnFailure", "Never")
    if not policy:
        return [required(path)]
    return [] if policy in supported else [unsupported(path, policy, supported)]
