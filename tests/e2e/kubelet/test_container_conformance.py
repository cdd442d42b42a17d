"""What containers are started with, and what is told of how they end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kubewheel.libs import oci_archive
from tests.e2e.kubelet import harness
from tests.e2e.kubelet.every_volume import object_body
from tests.e2e.kubelet.harness import NAMESPACE, Cluster, container_status, phase, pod, sh, waiting

pytestmark = [pytest.mark.containerd, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
conformance = pytest.mark.conformance
TESTER = "kubewheel.local/entrypoint-tester:1"


def with_entrypoint() -> oci_archive.Image:
    """Return an image with an entrypoint and arguments of its own, which prints both."""
    plain = harness.busybox()
    script = b"#!/bin/sh\necho $0 $@\n"
    files = [*plain.files, oci_archive.File("ep", script, 0o755), oci_archive.File("ep-2", script, 0o755)]
    return oci_archive.Image(TESTER, files, entrypoint=["/ep"], command=["default", "arguments"],
                             environment={"PATH": "/bin"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    async with harness.new_cluster() as made:
        await made.machine.containerd.import_archive(oci_archive.build([with_entrypoint()]))
        await made.start_agent(longest_crash_delay_seconds=1.0)
        yield made


async def ended(cluster: Cluster, body: dict[str, Any], expected: str = "Succeeded") -> tuple[Any, str]:
    """Run a pod to its end; return it and what it printed."""
    body["spec"].setdefault("restartPolicy", "Never")
    await cluster.run(body)
    found = await cluster.wait(body["metadata"]["name"], lambda found: phase(found) == expected)
    return found, cluster.log(found)


@pytest.mark.parametrize(("name", "given", "printed"), [
    pytest.param("defaults", {}, "/ep default arguments",
                 marks=conformance("Containers, without command and arguments")),
    pytest.param("arguments", {"args": ["override", "arguments"]}, "/ep override arguments",
                 marks=conformance("Containers, with arguments")),
    pytest.param("command", {"command": ["/ep-2"]}, "/ep-2", marks=conformance("Containers, with command")),
    pytest.param("both", {"command": ["/ep-2"], "args": ["override", "arguments"]}, "/ep-2 override arguments",
                 marks=conformance("Containers, with command and arguments")),
])
async def test_commands(cluster: Cluster, name: str, given: dict[str, Any], printed: str) -> None:
    body = {"metadata": {"name": name}, "spec": {"containers": [{"name": "main", "image": TESTER, **given}]}}
    assert (await ended(cluster, body))[1] == f"{printed}\n"


def field(name: str, path: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def amount(name: str, resource: str, divisor: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"resourceFieldRef": {"resource": resource, "divisor": divisor}}}


def variables(printed: str) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in printed.splitlines() if "=" in line)


@conformance("DownwardAPI, environment for name, namespace and ip")
@conformance("DownwardAPI, environment for host ip")
@conformance("DownwardAPI, environment for hostIPs")
@conformance("DownwardAPI, environment for Pod UID")
@conformance("DownwardAPI, environment for CPU and memory limits and requests")
async def test_environment_about_the_pod(cluster: Cluster) -> None:
    environment = [
        field("POD_NAME", "metadata.name"), field("POD_NAMESPACE", "metadata.namespace"),
        field("POD_IP", "status.podIP"), field("POD_UID", "metadata.uid"), field("HOST_IP", "status.hostIP"),
        field("HOST_IPS", "status.hostIPs"), amount("CPU_LIMIT", "limits.cpu", "1m"),
        amount("MEMORY_LIMIT", "limits.memory", "1Mi"), amount("CPU_REQUEST", "requests.cpu", "1m"),
        amount("MEMORY_REQUEST", "requests.memory", "1Mi"),
    ]
    resources = {"limits": {"cpu": "1250m", "memory": "64Mi"}, "requests": {"cpu": "250m", "memory": "32Mi"}}
    found, printed = await ended(cluster, pod("about", "env", container={"env": environment, "resources": resources}))
    status = found["status"]
    assert variables(printed).items() >= {
        "POD_NAME": "about", "POD_NAMESPACE": NAMESPACE, "POD_IP": status["podIP"],
        "POD_UID": found["metadata"]["uid"], "HOST_IP": status["hostIP"], "HOST_IPS": status["hostIPs"][0]["ip"],
        "CPU_LIMIT": "1250", "MEMORY_LIMIT": "64", "CPU_REQUEST": "250", "MEMORY_REQUEST": "32",
    }.items()


@conformance("DownwardAPI, environment for default CPU and memory limits and requests")
async def test_environment_about_the_node(cluster: Cluster) -> None:
    environment = [amount("CPU", "limits.cpu", "1"), amount("MEMORY", "limits.memory", "1Ki")]
    _, printed = await ended(cluster, pod("unlimited", "env", container={"env": environment}))
    node = await cluster.admin.get("Node", harness.NODE)
    allocatable = node["status"]["allocatable"]
    assert variables(printed).items() >= {"CPU": "4", "MEMORY": allocatable["memory"].removesuffix("Ki")}.items()


PREFIXES = ("1-", "$_-", "p-", ".a", "#")
SOURCES = [
    pytest.param("ConfigMap", marks=[
        conformance("ConfigMap, from environment field"), conformance("ConfigMap, from environment variables"),
        conformance("ConfigMap, from environment field with various prefixes"),
    ]),
    pytest.param("Secret", marks=[
        conformance("Secrets, pod environment field"),
        conformance("[sig-node] Secrets should be consumable via the environment"),
        conformance("[sig-node] Secrets should be consumable as environment variable names variable names with various"
                    " prefixes"),
    ]),
]


@pytest.mark.parametrize("kind", SOURCES)
async def test_environment_from_objects(cluster: Cluster, kind: str) -> None:
    short = kind[0].lower() + kind[1:]
    name = f"env-{kind.lower()}"
    await cluster.admin.create(object_body(kind, name, {"data-1": "value-1", "data_2": "value-2"}), namespace=NAMESPACE)
    reference = {"name": "ONE", "valueFrom": {f"{short}KeyRef": {"name": name, "key": "data-1"}}}
    whole = [{"prefix": prefix, f"{short}Ref": {"name": name}} for prefix in ("", *PREFIXES)]
    _, printed = await ended(cluster, pod(name, "env", container={"env": [reference], "envFrom": whole}))
    found = variables(printed)
    assert found["ONE"] == "value-1"
    assert {found[f"{prefix}data-1"] for prefix in ("", *PREFIXES)} == {"value-1"}
    assert found["data_2"] == "value-2"


@conformance("Environment variables, expansion")
@conformance("Environment variables, command expansion")
@conformance("Environment variables, command argument expansion")
async def test_variables_are_put_in(cluster: Cluster) -> None:
    environment = [{"name": "FOO", "value": "foo-value"}, {"name": "BAR", "value": "bar-value"},
                   {"name": "FOOBAR", "value": "$(FOO);;$(BAR)"}]
    body = pod("expanded", *sh("echo command $(FOO); env; echo $0"), container={
        "env": environment, "args": ["argument $(BAR)"]})
    printed = (await ended(cluster, body))[1]
    assert "command foo-value\n" in printed
    assert "FOOBAR=foo-value;;bar-value\n" in printed
    assert "argument bar-value\n" in printed


@conformance("Pods, service environment variables")
async def test_services_are_in_the_environment(cluster: Cluster) -> None:
    spec = {"ports": [{"port": 8765, "targetPort": 8080}]}
    made = await cluster.admin.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "fooservice"},
                                       "spec": spec}, namespace=NAMESPACE)
    address = made["spec"]["clusterIP"]
    printed = (await ended(cluster, pod("aware", "env")))[1]
    assert variables(printed).items() >= {
        "FOOSERVICE_SERVICE_HOST": address, "FOOSERVICE_SERVICE_PORT": "8765",
        "FOOSERVICE_PORT": f"tcp://{address}:8765", "FOOSERVICE_PORT_8765_TCP_PORT": "8765",
        "FOOSERVICE_PORT_8765_TCP_PROTO": "tcp", "FOOSERVICE_PORT_8765_TCP": f"tcp://{address}:8765",
        "FOOSERVICE_PORT_8765_TCP_ADDR": address,
    }.items()


FALLBACK = "FallbackToLogsOnError"
MESSAGES = [
    pytest.param("custom", "echo -n DONE >/dev/termination-custom-log", {
        "terminationMessagePath": "/dev/termination-custom-log", "securityContext": {"runAsUser": 1000}}, "DONE",
        marks=conformance("Container Runtime, TerminationMessagePath, non-root user and non-default path")),
    pytest.param("logged", "echo -n DONE; exit 1", {"terminationMessagePolicy": FALLBACK}, "DONE", marks=conformance(
        "Container Runtime, TerminationMessage, from container's log output of failing container")),
    pytest.param("silent", "echo DONE", {"terminationMessagePolicy": FALLBACK}, "", marks=conformance(
        "Container Runtime, TerminationMessage, from log output of succeeding container")),
    pytest.param("filed", "echo -n OK >/dev/termination-log", {"terminationMessagePolicy": FALLBACK}, "OK",
                 marks=conformance("Container Runtime, TerminationMessage, from file of succeeding container")),
]


@pytest.mark.parametrize(("name", "script", "more", "message"), MESSAGES)
async def test_last_words(cluster: Cluster, name: str, script: str, more: dict[str, Any], message: str) -> None:
    expected = "Failed" if "exit 1" in script else "Succeeded"
    found, _ = await ended(cluster, pod(name, *sh(script), container=more), expected)
    assert container_status(found)["state"]["terminated"].get("message", "").strip() == message


@conformance("Kubelet, log output, default")
@conformance("Kubelet, pod with read only root file system")
@conformance("Kubelet, hostAliases")
async def test_output_root_and_hosts(cluster: Cluster) -> None:
    script = "echo Hello World; (echo test >/file) 2>/dev/null || echo read-only; cat /etc/hosts"
    body = pod("plain", *sh(script), container={"securityContext": {"readOnlyRootFilesystem": True}},
               hostAliases=[{"ip": "123.45.67.89", "hostnames": ["foo", "bar"]}])
    lines = (await ended(cluster, body))[1].splitlines()
    assert lines[:2] == ["Hello World", "read-only"]
    assert lines[2] == "# Kubernetes-managed hosts file."
    assert "123.45.67.89\tfoo\tbar" in lines


@conformance("Kubelet, managed etc hosts")
async def test_who_manages_the_hosts_file(cluster: Cluster) -> None:
    own = {"volumeMounts": [{"name": "hosts", "mountPath": "/etc/hosts"}]}
    volumes = [{"name": "hosts", "hostPath": {"path": "/etc/hosts", "type": "File"}}]
    marks = {}
    for name, more in (("managed", {}), ("mounted", {"container": own, "volumes": volumes}),
                       ("host-network", {"hostNetwork": True})):
        marks[name] = (await ended(cluster, pod(name, "cat", "/etc/hosts", **more)))[1]
    assert "# Kubernetes-managed hosts file.\n" in marks["managed"]
    assert "# Kubernetes-managed hosts file.\n" not in marks["mounted"]
    assert "# Kubernetes-managed hosts file.\n" not in marks["host-network"]


@conformance("Kubelet, failed pod, terminated reason")
@conformance("Kubelet, failed pod, delete")
async def test_failing_containers(cluster: Cluster) -> None:
    await cluster.run(pod("failing", "/bin/false"))
    found = await cluster.wait("failing", lambda found: container_status(found).get("lastState", {}).get("terminated")
                               or container_status(found)["state"].get("terminated"))
    status = container_status(found)
    ending = status["state"].get("terminated") or status["lastState"]["terminated"]
    assert (ending["exitCode"], ending["reason"]) == (1, "Error")
    await cluster.delete("failing")
    await cluster.gone("failing")


IDENTITY = [
    pytest.param("nobody", {"runAsUser": 65534}, {}, "uid=65534",
                 marks=conformance("Security Context, runAsUser=65534")),
    pytest.param("container-group", {"runAsUser": 1001, "runAsGroup": 2002}, {}, "uid=1001 gid=2002",
                 marks=conformance("Security Context, test RunAsGroup at container level")),
    pytest.param("pod-group", {}, {"runAsUser": 1001, "runAsGroup": 2002}, "uid=1001 gid=2002",
                 marks=conformance("Security Context, test RunAsGroup at pod level")),
]


@pytest.mark.parametrize(("name", "own", "shared", "shown"), IDENTITY)
async def test_identities(
    cluster: Cluster, name: str, own: dict[str, Any], shared: dict[str, Any], shown: str,
) -> None:
    body = pod(name, "id", container={"securityContext": own}, securityContext=shared)
    assert shown in (await ended(cluster, body))[1]


@conformance("Security Context, privileged=false.")
@conformance("Security Context, readOnlyRootFilesystem=false.")
@conformance("Security Context, allowPrivilegeEscalation=false.")
async def test_privileges(cluster: Cluster) -> None:
    script = "touch /checkfile && echo writable; ip link add dummy0 type dummy 2>&1 || echo unprivileged"
    context = {"privileged": False, "readOnlyRootFilesystem": False}
    printed = (await ended(cluster, pod("unprivileged", *sh(script), container={"securityContext": context})))[1]
    assert printed.splitlines()[::2] == ["writable", "unprivileged"]
    assert "Operation not permitted" in printed
    context = {"allowPrivilegeEscalation": False, "runAsUser": 1000}
    script = "id -u; grep NoNewPrivs /proc/self/status"
    printed = (await ended(cluster, pod("contained", *sh(script), container={"securityContext": context})))[1]
    assert printed.split() == ["1000", "NoNewPrivs:", "1"]


def container(name: str, script: str) -> dict[str, Any]:
    return {"name": name, "image": harness.BUSYBOX, "command": [*sh(script)]}


@conformance("init-container-starts-app-restartnever-pod")
@conformance("init-container-starts-app-restartalways-pod")
async def test_init_containers_come_first(cluster: Cluster) -> None:
    steps = [container("init1", "exit 0"), container("init2", "exit 0")]
    for policy, expected in (("Never", "Succeeded"), ("Always", "Running")):
        script = "exit 0" if policy == "Never" else "sleep 1000"
        name = f"init-{policy.lower()}"
        await cluster.run({"metadata": {"name": name}, "spec": {
            "restartPolicy": policy, "initContainers": steps, "containers": [container("main", script)]}})
        found = await cluster.wait(name, lambda found, expected=expected: phase(found) == expected)
        assert harness.condition(found, "Initialized") == "True"
        for step in ("init1", "init2"):
            assert container_status(found, step)["state"]["terminated"]["exitCode"] == 0


@conformance("init-container-fails-stops-app-restartnever-pod")
async def test_a_failed_init_container_fails_the_pod(cluster: Cluster) -> None:
    steps = [container("init1", "exit 0"), container("init2", "exit 1")]
    await cluster.run({"metadata": {"name": "init-fails"}, "spec": {
        "restartPolicy": "Never", "initContainers": steps, "containers": [container("main", "exit 0")]}})
    found = await cluster.wait("init-fails", lambda found: phase(found) == "Failed")
    assert "waiting" in container_status(found)["state"]
    assert container_status(found, "init2")["state"]["terminated"]["exitCode"] == 1


@conformance("init-container-fails-stops-app-restartalways-pod")
async def test_a_failing_init_container_is_tried_again(cluster: Cluster) -> None:
    steps = [container("init1", "exit 1"), container("init2", "exit 0")]
    await cluster.run({"metadata": {"name": "init-again"}, "spec": {
        "initContainers": steps, "containers": [container("main", "sleep 1000")]}})
    found = await cluster.wait("init-again", lambda found: container_status(found, "init1")["restartCount"] >= 3)
    assert (phase(found), waiting(found)) == ("Pending", "PodInitializing")
    assert "waiting" in container_status(found, "init2")["state"]
    assert harness.condition(found, "Initialized") == "False"


def told_of(found: dict[str, Any]) -> tuple[str, int, str, str]:
    """Return phase, number of restarts, readiness, and the state of the container."""
    status = container_status(found)
    return phase(found), status["restartCount"], harness.condition(found, "Ready"), next(iter(status["state"]))


@conformance("Container Runtime, Restart Policy, Pod Phases")
async def test_restarts_follow_the_policy(cluster: Cluster) -> None:
    script = "echo x >>/v/n; case $(wc -l </v/n) in 1) exit 1;; 2) exit 0;; esac; sleep 1000"
    cases = {"Always": ("Running", 2, "True", "running"), "OnFailure": ("Succeeded", 1, "False", "terminated"),
             "Never": ("Failed", 0, "False", "terminated")}
    for policy, expected in cases.items():
        name = f"policy-{policy.lower()}"
        await cluster.run(pod(name, *sh(script), restartPolicy=policy, volumes=[{"name": "v", "emptyDir": {}}],
                              container={"volumeMounts": [{"name": "v", "mountPath": "/v"}]}))
        await cluster.wait(name, lambda found, expected=expected: told_of(found) == expected)


@conformance("Pod Lifecycle, post start exec hook")
@conformance("Pod Lifecycle, prestop exec hook")
@conformance("Pod Lifecycle, post start http hook")
@conformance("Pod Lifecycle, prestop http hook")
@conformance("Pods, prestop hook")
@pytest.mark.parametrize("form", ["exec", "http"])
async def test_hooks_call_a_server(cluster: Cluster, form: str) -> None:
    server = f"server-{form}"
    await cluster.run(pod(server, *sh("mkdir /tmp/www && touch /tmp/www/x; exec httpd -f -v -p 8080 -h /tmp/www")))
    address = (await cluster.running(server))["status"]["podIP"]

    def call(word: str) -> dict[str, Any]:
        if form == "exec":
            return {"exec": {"command": [*sh(f"wget -qO- http://{address}:8080/{word} || true")]}}
        return {"httpGet": {"host": address, "port": 8080, "path": f"/{word}"}}

    await cluster.run(pod(f"hooked-{form}", container={"lifecycle": {
        "postStart": call("x?started"), "preStop": call("x?stopping")}}))

    async def was_called(times: int) -> bool:
        found = await cluster.get(server)
        return cluster.log(found).count("response:200") == times

    await cluster.running(f"hooked-{form}")
    await cluster.until(lambda: was_called(1), "the hook after the start calls")
    await cluster.delete(f"hooked-{form}", grace=1)
    await cluster.gone(f"hooked-{form}")
    await cluster.until(lambda: was_called(2), "the hook before the stop calls")


@conformance("Sysctl, test sysctls")
async def test_sysctls(cluster: Cluster) -> None:
    body = pod("tuned", "cat", "/proc/sys/kernel/shm_rmid_forced",
               securityContext={"sysctls": [{"name": "kernel.shm_rmid_forced", "value": "1"}]})
    assert (await ended(cluster, body))[1] == "1\n"


@conformance("Service Account Tokens Must AutoMount")
async def test_a_pod_has_its_token(cluster: Cluster) -> None:
    place = "/var/run/secrets/kubernetes.io/serviceaccount"
    script = f"cd {place}; cat namespace; echo; cat ca.crt; echo; cat token"
    printed = (await ended(cluster, pod("account", *sh(script))))[1]
    namespace, authority, token = printed.split("\n")[:3]
    assert (namespace, authority) == (NAMESPACE, "a certificate")
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    told = await cluster.admin.create(review)
    assert told["status"]["user"]["username"] == f"system:serviceaccount:{NAMESPACE}:default"


@conformance("TokenRequestProjection should mount a projected volume with token using TokenRequest API.")
async def test_a_token_where_it_is_wanted(cluster: Cluster) -> None:
    token = {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}
    volume = {"name": "t", "projected": {"sources": [token], "defaultMode": 0o400}}
    body = pod("projected", *sh("stat -L -c %a /t/token; wc -c </t/token"), volumes=[volume], container={
        "volumeMounts": [{"name": "t", "mountPath": "/t"}]})
    mode, size = (await ended(cluster, body))[1].split()
    assert mode == "400"
    assert int(size) > 100
