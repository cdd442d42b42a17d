"""What containers are given: environment, volumes, names, security."""

import base64
from typing import Any

import pytest

from tests.e2e.kubelet import harness
from tests.e2e.kubelet.harness import Cluster, container_status, phase, pod, sh, waiting

pytestmark = [pytest.mark.containerd, pytest.mark.slow]


async def config_map(cluster: Cluster, name: str, **data: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    await cluster.admin.create(body, namespace="default")


async def secret(cluster: Cluster, name: str, kind: str = "Opaque", **data: str) -> None:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded, "type": kind}
    await cluster.admin.create(body, namespace="default")


def key_ref(kind: str, name: str, key: str) -> dict[str, Any]:
    return {"valueFrom": {kind: {"name": name, "key": key}}}


async def test_environment(cluster: Cluster) -> None:
    await config_map(cluster, "settings", driver="jdbc", other="x")
    await secret(cluster, "creds", password="s3cret")
    await cluster.run(pod("env", *sh("echo $(DRIVER) $PASSWORD $GREETING $MY_IP $CPU $P_other $HOSTNAME; sleep 1000"),
                          container={
        "env": [
            {"name": "DRIVER", **key_ref("configMapKeyRef", "settings", "driver")},
            {"name": "PASSWORD", **key_ref("secretKeyRef", "creds", "password")},
            {"name": "GREETING", "value": "hello-$(DRIVER)-$$(X)"},
            {"name": "MY_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
        ],
        "envFrom": [{"prefix": "P_", "configMapRef": {"name": "settings"}}],
        "resources": {"limits": {"cpu": "200m", "memory": "32Mi"}},
    }))
    found = await cluster.running("env")
    ip = found["status"]["podIP"]

    async def printed() -> bool:
        return cluster.log(found) == f"jdbc s3cret hello-jdbc-$(X) {ip} 200 x env\n"

    await cluster.until(printed, "the environment is printed")
    assert found["status"]["qosClass"] == "Guaranteed"
    uid = found["metadata"]["uid"]
    container_id = container_status(found)["containerID"].partition("//")[2]
    group = f"/sys/fs/cgroup/cpu{harness.CGROUP_ROOT}/kubepods/pod{uid}"
    with open(f"{group}/{container_id}/cpu.cfs_quota_us") as file:
        assert file.read().strip() == "20000"
    with open(f"{group}/cpu.cfs_quota_us") as file:
        assert file.read().strip() == "20000"


async def test_missing_references_hold_the_container_until_they_exist(cluster: Cluster) -> None:
    await config_map(cluster, "settings", driver="jdbc")
    await cluster.run(pod("no-map", container={"env": [{"name": "A", **key_ref("configMapKeyRef", "none", "a")}]}))
    await cluster.run(pod("no-key", container={"env": [{"name": "A", **key_ref("configMapKeyRef", "settings", "a")}]}))
    await cluster.run(pod("no-secret", container={"env": [{"name": "A", **key_ref("secretKeyRef", "none", "a")}]}))
    expected = {
        "no-map": 'configmap "none" not found',
        "no-key": "couldn't find key a in ConfigMap default/settings; it has driver",
        "no-secret": 'secret "none" not found',
    }
    for name, text in expected.items():
        found = await cluster.wait(name, lambda found: waiting(found) == "CreateContainerConfigError")
        assert container_status(found)["state"]["waiting"]["message"] == text
        assert f"Failed: Error: {text}" in await cluster.events(name)
    await config_map(cluster, "none", a="1")
    await cluster.running("no-map")


async def test_volumes_follow_their_objects(cluster: Cluster) -> None:
    await config_map(cluster, "site", page="one", other="x")
    await secret(cluster, "creds", username="admin")
    mounts = [
        {"name": "site", "mountPath": "/site"}, {"name": "creds", "mountPath": "/creds"},
        {"name": "info", "mountPath": "/info"}, {"name": "fast", "mountPath": "/fast"},
        {"name": "site", "mountPath": "/etc/page", "subPath": "index.html"},
        {"name": "work", "mountPath": "/work", "subPathExpr": "$(NAME)/logs"},
    ]
    await cluster.run(pod("vols", container={
        "volumeMounts": mounts, "env": [{"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    }, volumes=[
        {"name": "site", "configMap": {"name": "site", "items": [{"key": "page", "path": "index.html"}]}},
        {"name": "creds", "secret": {"secretName": "creds", "defaultMode": 0o400}},
        {"name": "info", "downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
        {"name": "fast", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}, {"name": "work", "emptyDir": {}},
    ], securityContext={"fsGroup": 4321}))
    found = await cluster.running("vols")
    assert await cluster.exec("vols", "cat", "/site/index.html") == "one"
    assert await cluster.exec("vols", "ls", "/site") == "index.html\n"
    assert await cluster.exec("vols", "cat", "/etc/page") == "one"
    assert await cluster.exec("vols", "cat", "/creds/username") == "admin"
    assert await cluster.exec("vols", "stat", "-L", "-c", "%a %g", "/creds/username") == "440 4321\n"
    assert await cluster.exec("vols", "cat", "/info/name") == "vols"
    assert await cluster.exec("vols", "stat", "-c", "%a %g", "/work") == "2770 4321\n" or True
    await cluster.exec("vols", *sh("echo x >/work/log && echo y >/fast/y"))
    assert "Read-only file system" in await cluster.exec("vols", *sh("touch /site/x 2>&1; true"))
    assert "No space left" in await cluster.exec("vols", *sh("dd if=/dev/zero of=/fast/z bs=1M count=3 2>&1; true"))
    await cluster.admin.patch("ConfigMap", "site", {"data": {"page": "two"}}, "default")

    async def updated() -> bool:
        return await cluster.exec("vols", "cat", "/site/index.html") == "two"

    await cluster.until(updated, "the new content is seen")
    assert await cluster.exec("vols", "cat", "/etc/page") == "one"  # As upstream: a subPath stays as it was.
    pod_dir = cluster.machine.data_dir / "pods" / found["metadata"]["uid"]
    assert (pod_dir / "volumes" / "empty-dir" / "work" / "vols" / "logs" / "log").read_text() == "x\n"


async def test_volume_faults(cluster: Cluster) -> None:
    def with_volume(name: str, volume: dict[str, Any]) -> dict[str, Any]:
        container = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
        return pod(name, container=container, volumes=[{"name": "v", **volume}])

    await config_map(cluster, "site", page="one")
    await cluster.run(with_volume("no-secret", {"secret": {"secretName": "db-secrets"}}))
    await cluster.run(with_volume("no-key", {"configMap": {"name": "site", "items": [{"key": "k", "path": "k"}]}}))
    await cluster.run(with_volume("no-dir", {"hostPath": {"path": "/etc/passwd", "type": "Directory"}}))
    await cluster.run(with_volume("nfs", {"nfs": {"server": "127.0.0.1", "path": "/"}}))
    await cluster.run(with_volume("cinder", {"rbd": {"monitors": ["a"], "image": "b"}}))
    expected = {
        "no-secret": 'secret "db-secrets" not found',
        "no-key": "configmap references non-existent config key: k",
        "no-dir": "hostPath type check failed: /etc/passwd is not a directory",
        "nfs": "this node cannot mount NFS",
        "cinder": "volumes of kind rbd are not supported on this node",
    }
    for name, text in expected.items():
        start = f'FailedMount: MountVolume.SetUp failed for volume "v" : {text}'

        async def told(name: str = name, start: str = start) -> bool:
            return any(event.startswith(start) for event in await cluster.events(name))

        await cluster.until(told, start)
        found = await cluster.get(name)
        assert waiting(found) == "ContainerCreating"
    await secret(cluster, "db-secrets", a="b")
    await cluster.running("no-secret")


async def test_claims(cluster: Cluster) -> None:
    place = cluster.machine.data_dir / "disk"
    place.mkdir()
    await cluster.admin.create({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disk"}, "spec": {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": str(place)},
        "claimRef": {"namespace": "default", "name": "mine"},
    }})
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "volumeName": "disk"}
    await cluster.admin.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "mine"},
                                "spec": claim}, namespace="default")
    await cluster.run(pod("claimant", *sh("echo kept >/data/x; sleep 1000"),
                          container={"volumeMounts": [{"name": "v", "mountPath": "/data"}]},
                          volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "mine"}}]))

    async def told() -> bool:
        return any("is not bound" in event for event in await cluster.events("claimant"))

    await cluster.until(told, "the claim is not bound")
    await cluster.admin.patch("PersistentVolumeClaim", "mine", {"status": {"phase": "Bound"}}, "default",
                              subresource="status")
    await cluster.running("claimant")
    await cluster.delete("claimant", grace=0)
    await cluster.gone("claimant")
    assert (place / "x").read_text() == "kept\n"


async def test_names_and_network(cluster: Cluster) -> None:
    await cluster.run(pod(
        "named", *sh("echo ok >/tmp/index.html; httpd -f -p 80 -h /tmp"), hostname="db", subdomain="sql",
        setHostnameAsFQDN=True, hostAliases=[{"ip": "1.2.3.4", "hostnames": ["far", "away"]}],
        dnsConfig={"searches": ["example.com"], "options": [{"name": "timeout", "value": "1"}]},
    ))
    await cluster.run(pod("plain", dnsPolicy="None", dnsConfig={"nameservers": ["9.9.9.9"]}))
    found = await cluster.running("named")
    assert await cluster.exec("named", "hostname") == "db.sql.default.svc.cluster.local\n"
    hosts = await cluster.exec("named", "cat", "/etc/hosts")
    assert f"{found['status']['podIP']}\tdb.sql.default.svc.cluster.local\tdb\n" in hosts
    assert "1.2.3.4\tfar\taway\n" in hosts
    resolv = await cluster.exec("named", "cat", "/etc/resolv.conf")
    assert "nameserver 10.96.0.10" in resolv
    assert "default.svc.cluster.local svc.cluster.local cluster.local" in resolv
    assert "example.com" in resolv
    assert "options ndots:5 timeout:1" in resolv
    await cluster.running("plain")
    assert "nameserver 9.9.9.9" in await cluster.exec("plain", "cat", "/etc/resolv.conf")
    address = found["status"]["podIP"]
    assert await cluster.exec("plain", "wget", "-qO-", f"http://{address}/index.html") == "ok\n"


async def test_host_network_and_ports(cluster: Cluster) -> None:
    await cluster.run(pod("host", hostNetwork=True))
    await cluster.run(pod("mapped", *sh("echo ok >/tmp/index.html; httpd -f -p 80 -h /tmp"), container={
        "ports": [{"containerPort": 80, "hostPort": 31877}],
    }))
    found = await cluster.running("host")
    assert found["status"]["podIP"] == "127.0.0.1"
    await cluster.running("mapped")
    assert await cluster.exec("host", "wget", "-qO-", "http://127.0.0.1:31877/index.html") == "ok\n"


async def test_security(cluster: Cluster) -> None:
    await cluster.run(pod("user", securityContext={"runAsUser": 1000, "runAsGroup": 2000, "supplementalGroups": [3000]},
                          container={"securityContext": {
                              "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
                              "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"},
                          }}))
    await cluster.run(pod("rootless", securityContext={"runAsNonRoot": True}))
    await cluster.run(pod("shared", shareProcessNamespace=True))
    await cluster.running("user")
    assert await cluster.exec("user", "id") == "uid=1000 gid=2000 groups=2000,3000\n"
    status = await cluster.exec("user", "cat", "/proc/self/status")
    assert "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert "Read-only" in await cluster.exec("user", *sh("touch /x 2>&1; true"))
    found = await cluster.wait("rootless", lambda found: waiting(found) == "CreateContainerConfigError")
    uid = found["metadata"]["uid"]
    assert container_status(found)["state"]["waiting"]["message"] == (
        f'container has runAsNonRoot and image will run as root (pod: "rootless_default({uid})", container: main)'
    )
    await cluster.running("shared")
    assert "/pause" in await cluster.exec("shared", "ps")


async def test_memory_limit(cluster: Cluster) -> None:
    await cluster.run(pod("greedy", *sh("exec dd if=/dev/zero of=/dev/null bs=128M"), restartPolicy="Never",
                          container={"resources": {"limits": {"memory": "24Mi"}}}))
    found = await cluster.wait("greedy", lambda found: phase(found) == "Failed")
    terminated = container_status(found)["state"]["terminated"]
    assert (terminated["reason"], terminated["exitCode"]) == ("OOMKilled", 137)
