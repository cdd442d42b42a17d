"""A pod with every kind of volume, and the objects that they show."""

import base64
from typing import Any

from tests.e2e.kubelet import harness
from tests.e2e.kubelet.harness import NAMESPACE, Cluster

KINDS = {"ConfigMap": "configMap", "Secret": "secret"}
READ, ONLY_OWNER = 0o644, 0o400
RESOURCES = {"limits": {"cpu": "1250m", "memory": "64Mi"}, "requests": {"cpu": "250m", "memory": "32Mi"}}


def object_body(kind: str, name: str, data: dict[str, str]) -> dict[str, Any]:
    if kind == "Secret":
        data = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "data": data}


def source(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {KINDS[kind]: {"secretName" if kind == "Secret" else "name": name, **more}}


def projected(kind: str, name: str, mode: int | None = None, **more: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"sources": [{KINDS[kind]: {"name": name, **more}}]}
    return {"projected": spec if mode is None else {**spec, "defaultMode": mode}}


def field(path: str, name: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "fieldRef": {"fieldPath": f"metadata.{name}"}, **more}


def amount(path: str, resource: str, container: str = "root") -> dict[str, Any]:
    divisor = "1m" if "cpu" in resource else "1Mi"
    return {"path": path, "resourceFieldRef": {"containerName": container, "resource": resource, "divisor": divisor}}


def about_the_pod() -> list[dict[str, Any]]:
    return [
        field("name", "name"), field("labels", "labels"), field("annotations", "annotations"),
        amount("cpu_limit", "limits.cpu"), amount("cpu_request", "requests.cpu"),
        amount("memory_limit", "limits.memory"), amount("memory_request", "requests.memory"),
        amount("cpu_default", "limits.cpu", "user"), amount("memory_default", "limits.memory", "user"),
        field("private", "name", mode=ONLY_OWNER),
    ]


def volumes() -> dict[str, dict[str, Any]]:
    items = [{"key": "data-2", "path": "path/to/data-2"}]
    private = [{**items[0], "mode": ONLY_OWNER}]
    found: dict[str, dict[str, Any]] = {
        "empty": {"emptyDir": {}}, "memory": {"emptyDir": {"medium": "Memory"}},
        "info": {"downwardAPI": {"items": about_the_pod()}},
        "info-mode": {"downwardAPI": {"items": [field("name", "name")], "defaultMode": ONLY_OWNER}},
        "pinfo": {"projected": {"sources": [{"downwardAPI": {"items": about_the_pod()}}]}},
        "pinfo-mode": {"projected": {"sources": [{"downwardAPI": {"items": [field("name", "name")]}}],
                                     "defaultMode": ONLY_OWNER}},
        "binary": source("ConfigMap", "binary"),
        "all": {"projected": {"sources": [
            {"secret": {"name": "settings", "items": [{"key": "data-1", "path": "secret"}]}},
            {"configMap": {"name": "settings", "items": [{"key": "data-1", "path": "config"}]}},
            {"downwardAPI": {"items": [field("name", "name")]}},
        ]}},
    }
    for kind, short in (("ConfigMap", "cm"), ("Secret", "sec")):
        found |= {
            short: source(kind, "settings"), f"{short}-again": source(kind, "settings"),
            f"{short}-mode": source(kind, "settings", defaultMode=ONLY_OWNER),
            f"{short}-items": source(kind, "settings", items=items),
            f"{short}-private": source(kind, "settings", items=private),
            f"{short}-changing": source(kind, "changing"),
            f"p{short}": projected(kind, "settings"), f"p{short}-again": projected(kind, "settings"),
            f"p{short}-mode": projected(kind, "settings", ONLY_OWNER),
            f"p{short}-items": projected(kind, "settings", items=items),
            f"p{short}-private": projected(kind, "settings", items=private),
            f"p{short}-changing": projected(kind, "changing"),
        }
        for when in ("created", "updated", "deleted"):
            found[f"{short}-{when}"] = source(kind, when, optional=True)
            found[f"p{short}-{when}"] = projected(kind, when, optional=True)
    return found


async def make_objects(cluster: Cluster) -> None:
    await cluster.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}})
    for kind in KINDS:
        two = {"data-1": "value-1", "data-2": "value-2"}
        for name, data in (("settings", two), ("changing", two), ("updated", two), ("deleted", two)):
            await cluster.admin.create(object_body(kind, name, data), namespace=NAMESPACE)
    other = object_body("Secret", "settings", {"data-1": "of another namespace"})
    await cluster.admin.create(other, namespace="elsewhere")
    binary = object_body("ConfigMap", "binary", {"text": "some text"})
    await cluster.admin.create({**binary, "binaryData": {"dump.bin": base64.b64encode(b"\xde\xca\xfe\x00").decode()}},
                               namespace=NAMESPACE)


def container(name: str, mounts: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"name": name, "image": harness.BUSYBOX, "command": ["sleep", "100000"], "volumeMounts": mounts, **more}


SUBPATHS = [
    {"name": "cm", "mountPath": "/sub/cm", "subPath": "data-1"},
    {"name": "cm", "mountPath": "/etc/passwd", "subPath": "data-1"},
    {"name": "sec", "mountPath": "/sub/sec", "subPath": "data-1"},
    {"name": "info", "mountPath": "/sub/info", "subPath": "name"},
    {"name": "all", "mountPath": "/sub/all", "subPath": "config"},
    {"name": "empty", "mountPath": "/sub/expanded", "subPathExpr": "$(NAME)/inner"},
]
ENVIRONMENT = [{"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]


async def run_pods(cluster: Cluster) -> None:
    every = volumes()
    mounts = [{"name": name, "mountPath": f"/v/{name}"} for name in every]
    await cluster.run({
        "metadata": {"name": "vols", "labels": {"a": "b"}, "annotations": {"build": "two"}},
        "spec": {"volumes": [{"name": name, **spec} for name, spec in every.items()], "containers": [
            container("root", [*mounts, *SUBPATHS], resources=RESOURCES, env=ENVIRONMENT),
            container("user", mounts, securityContext={"runAsUser": 1000}),
        ]},
    })
    shared = {"sec": source("Secret", "settings", defaultMode=0o440), "psec": projected("Secret", "settings", 0o440)}
    await cluster.run({"metadata": {"name": "grouped"}, "spec": {
        "securityContext": {"fsGroup": 1001, "runAsUser": 1000},
        "volumes": [{"name": name, **spec} for name, spec in shared.items()],
        "containers": [container("main", [{"name": name, "mountPath": f"/v/{name}"} for name in shared])],
    }})
    for name in ("vols", "grouped"):
        await cluster.running(name)
