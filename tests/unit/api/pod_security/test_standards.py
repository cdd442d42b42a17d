"""Each check: what it allows, and what it says otherwise, in the versions in which it differs."""

from typing import Any

import pytest

from kubewheel.api.pod_security import baseline, standards
from kubewheel.api.pod_security.policy import Level, Standard

HARDENED = {
    "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def container(name: str = "a", **context: Any) -> dict[str, Any]:
    return {"name": name, "image": "i", "securityContext": context}


def spec(*containers: dict[str, Any], context: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"containers": list(containers) or [container()], "securityContext": context or {}, **fields}


def hardened(*containers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a pod that level restricted allows but for what is given."""
    complete = [{**each, "securityContext": {**HARDENED, **each["securityContext"]}} for each in containers]
    return spec(*(complete or [container(**HARDENED)]), **fields)


def judge(level: Level, pod: dict[str, Any], minor: int | None = None, **annotations: str) -> str:
    names = {name.replace("__", "/"): value for name, value in annotations.items()}
    return standards.details(standards.evaluate(Standard(level, minor), {"annotations": names}, pod))


BAD_HOSTS = {**container("a"), "livenessProbe": {"httpGet": {"host": "h1"}}, "lifecycle": {
    "preStop": {"tcpSocket": {"host": "h2"}},
}}
PORTS = [{**container("a"), "ports": [{"hostPort": 90}, {"hostPort": 8080}]}, {**container("b"), "ports": []}]


@pytest.mark.parametrize(("pod", "expected"), [
    pytest.param(spec(), "", id="plain"),
    pytest.param(
        spec(container("a", appArmorProfile={"type": "Unconfined"}), container("b"),
             context={"appArmorProfile": {"type": "Unconfined"}}),
        'forbidden AppArmor profile (pod and container "a" must not set AppArmor profile type to "Unconfined")',
        id="apparmor",
    ),
    pytest.param(
        spec(container("a", capabilities={"add": ["NET_RAW", "CHOWN"]}), container("b", capabilities={"add": ["X"]})),
        'non-default capabilities (containers "a", "b" must not include "NET_RAW", "X" in '
        "securityContext.capabilities.add)", id="capabilities",
    ),
    pytest.param(spec(container(capabilities={"add": ["CHOWN", "NET_BIND_SERVICE"]})), "", id="default-capabilities"),
    pytest.param(
        spec(hostPID=True, hostNetwork=True), "host namespaces (hostNetwork=true, hostPID=true)", id="namespaces",
    ),
    pytest.param(
        spec(volumes=[{"name": "v", "hostPath": {"path": "/"}}, {"name": "w", "emptyDir": {}}]),
        'hostPath volumes (volume "v")', id="host-path",
    ),
    pytest.param(spec(*PORTS), 'hostPort (container "a" uses hostPorts 8080, 90)', id="host-ports"),
    pytest.param(
        spec(BAD_HOSTS),
        'probe or lifecycle host (container "a" uses probe or lifecycle hosts "h1", "h2")', id="handler-hosts",
    ),
    pytest.param(
        spec(initContainers=[container("first", privileged=True)]),
        'privileged (container "first" must not set securityContext.privileged=true)', id="privileged",
    ),
    pytest.param(
        spec(ephemeralContainers=[container("debug", privileged=True)]),
        'privileged (container "debug" must not set securityContext.privileged=true)', id="ephemeral",
    ),
    pytest.param(
        spec(container(procMount="Unmasked")),
        'procMount (container "a" must not set securityContext.procMount to "Unmasked")', id="proc-mount",
    ),
    pytest.param(spec(container(procMount="Unmasked"), hostUsers=False), "", id="proc-mount-in-user-namespace"),
    pytest.param(
        spec(container(seLinuxOptions={"type": "spc_t", "user": "u"}), context={"seLinuxOptions": {"role": "r"}}),
        'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: type "spc_t"; '
        "user may not be set; role may not be set)", id="selinux",
    ),
    pytest.param(spec(container(seLinuxOptions={"type": "container_engine_t", "level": "s0"})), "", id="selinux-ok"),
    pytest.param(
        spec(container(seccompProfile={"type": "Unconfined"})),
        'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
        id="seccomp",
    ),
    pytest.param(
        spec(context={"sysctls": [{"name": "kernel.msgmax"}, {"name": "net.ipv4.tcp_syncookies"}, {"name": "a"}]}),
        "forbidden sysctls (kernel.msgmax, a)", id="sysctls",
    ),
    pytest.param(
        spec(context={"windowsOptions": {"hostProcess": True}}),
        "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)", id="host-process",
    ),
])
def test_baseline(pod: dict[str, Any], expected: str) -> None:
    assert judge(Level.BASELINE, pod) == expected


def test_annotations() -> None:
    key = {f"{baseline.APPARMOR}a".replace("/", "__"): "unconfined"}
    shown = f'{baseline.APPARMOR}a="unconfined"'
    assert judge(Level.BASELINE, spec(), **key) == (
        f'forbidden AppArmor profile (annotation must not set AppArmor profile type to "{shown}")'
    )
    assert judge(Level.BASELINE, spec(), **dict.fromkeys(key, "localhost/x")) == ""
    key = {f"{baseline.SECCOMP_CONTAINER}a".replace("/", "__"): "unconfined"}
    assert judge(Level.BASELINE, spec(), 18, **key) == (
        f'seccompProfile (forbidden annotation {baseline.SECCOMP_CONTAINER}a="unconfined")'
    )
    assert judge(Level.BASELINE, spec(), 19, **key) == ""


@pytest.mark.parametrize(("pod", "expected"), [
    pytest.param(hardened(), "", id="hardened"),
    pytest.param(
        spec(),
        'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), '
        'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), '
        'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), '
        'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
        '"Localhost")', id="plain",
    ),
    pytest.param(
        hardened(container(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "CHOWN"]})),
        'unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add)',
        id="capabilities",
    ),
    pytest.param(
        hardened(volumes=[
            {"name": "v", "hostPath": {"path": "/"}}, {"name": "n", "nfs": {}}, {"name": "i", "image": {}},
            {"name": "c", "configMap": {}},
        ]),
        'restricted volume types (volumes "v", "n" use restricted volume types "hostPath", "nfs")', id="volumes",
    ),
    pytest.param(
        hardened(container(runAsNonRoot=False)),
        'runAsNonRoot != true (container "a" must not set securityContext.runAsNonRoot=false)', id="root",
    ),
    pytest.param(
        hardened(container(runAsUser=0), context={"runAsUser": 0}),
        'runAsUser=0 (pod and container "a" must not set runAsUser=0)', id="user",
    ),
    pytest.param(hardened(container(runAsUser=0, runAsNonRoot=None), hostUsers=False), "", id="user-namespace"),
    pytest.param(
        hardened(container(procMount="Unmasked"), hostUsers=False),
        'procMount (container "a" must not set securityContext.procMount to "Unmasked")', id="proc-mount",
    ),
    pytest.param(
        hardened(container(seccompProfile={"type": "Unconfined"})),
        'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
        id="seccomp",
    ),
    pytest.param(
        spec(context={"runAsNonRoot": True}, os={"name": "windows"}), "", id="windows",
    ),
    pytest.param(
        hardened(container(runAsNonRoot=None, seccompProfile=None),
                 context={"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}), "", id="pod-says-it",
    ),
])
def test_restricted(pod: dict[str, Any], expected: str) -> None:
    assert judge(Level.RESTRICTED, pod) == expected


@pytest.mark.parametrize(("level", "pod", "last", "first"), [
    pytest.param(Level.BASELINE, spec(BAD_HOSTS), 34, 33, id="handler-hosts"),
    pytest.param(
        Level.BASELINE, spec(container(seLinuxOptions={"type": "container_engine_t"})), 30, 31, id="selinux",
    ),
    pytest.param(Level.BASELINE, spec(container(procMount="Unmasked"), hostUsers=False), 34, 35, id="proc-mount"),
    pytest.param(
        Level.BASELINE, spec(context={"sysctls": [{"name": "net.ipv4.ip_local_reserved_ports"}]}), 26, 27, id="sysctl",
    ),
    pytest.param(Level.BASELINE, spec(context={"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}), 31, 32, id="sysctl-32"),
    pytest.param(
        Level.BASELINE, spec(context={"sysctls": [{"name": "net.ipv4.tcp_notsent_lowat"}]}), 36, 37, id="sysctl-37",
    ),
    pytest.param(Level.RESTRICTED, hardened(container(allowPrivilegeEscalation=None)), 8, 7, id="escalation"),
    pytest.param(Level.RESTRICTED, hardened(container(capabilities={})), 22, 21, id="capabilities"),
    pytest.param(Level.RESTRICTED, hardened(container(runAsUser=0)), 23, 22, id="user"),
    pytest.param(Level.RESTRICTED, hardened(container(runAsNonRoot=None), hostUsers=False), 34, 35, id="root"),
    pytest.param(Level.RESTRICTED, hardened(container(seccompProfile=None)), 19, 18, id="seccomp"),
])
def test_versions(level: Level, pod: dict[str, Any], last: int, first: int) -> None:
    assert judge(level, pod, last) != ""
    assert judge(level, pod, first) == ""


def test_later_versions_are_as_the_newest() -> None:
    assert judge(Level.RESTRICTED, spec(), 99) == judge(Level.RESTRICTED, spec())


def test_privileged_allows_all() -> None:
    assert judge(Level.PRIVILEGED, spec(container(privileged=True), hostPID=True)) == ""
