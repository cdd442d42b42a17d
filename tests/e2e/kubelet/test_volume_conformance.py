"""What containers find in their volumes: one pod with every kind of volume, looked at as root and as somebody else."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.kubelet import harness
from tests.e2e.kubelet.every_volume import (
    ENVIRONMENT,
    ONLY_OWNER,
    READ,
    container,
    make_objects,
    object_body,
    run_pods,
    source,
)
from tests.e2e.kubelet.harness import NAMESPACE, Cluster, sh

pytestmark = [pytest.mark.containerd, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
conformance = pytest.mark.conformance


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    async with harness.new_cluster() as made:
        await made.start_agent()
        await make_objects(made)
        await run_pods(made)
        yield made


async def look(cluster: Cluster, path: str, who: str) -> tuple[int, str]:
    """Return mode and content of a file."""
    told = await cluster.exec("vols", *sh(f"stat -L -c %a {path}; cat {path}"), container=who)
    mode, _, content = told.partition("\n")
    return int(mode, 8), content


FILES = [
    pytest.param("cm/data-1", READ, "root", "value-1", marks=conformance("ConfigMap Volume, without mapping")),
    pytest.param("cm/data-1", READ, "user", "value-1",
                 marks=conformance("ConfigMap Volume, without mapping, non-root user")),
    pytest.param("cm-mode/data-1", ONLY_OWNER, "root", "value-1",
                 marks=conformance("ConfigMap Volume, without mapping, volume mode set")),
    pytest.param("cm-items/path/to/data-2", READ, "root", "value-2",
                 marks=conformance("ConfigMap Volume, with mapping")),
    pytest.param("cm-items/path/to/data-2", READ, "user", "value-2",
                 marks=conformance("ConfigMap Volume, with mapping, non-root user")),
    pytest.param("cm-private/path/to/data-2", ONLY_OWNER, "root", "value-2",
                 marks=conformance("ConfigMap Volume, with mapping, volume mode set")),
    pytest.param("cm-again/data-1", READ, "root", "value-1",
                 marks=conformance("ConfigMap Volume, multiple volume maps")),
    pytest.param("binary/text", READ, "root", "some text",
                 marks=conformance("ConfigMap Volume, text data, binary data")),
    pytest.param("pcm/data-1", READ, "root", "value-1",
                 marks=conformance("Projected Volume, ConfigMap, volume mode default")),
    pytest.param("pcm/data-1", READ, "user", "value-1",
                 marks=conformance("Projected Volume, ConfigMap, non-root user")),
    pytest.param("pcm-mode/data-1", ONLY_OWNER, "root", "value-1",
                 marks=conformance("Projected Volume, ConfigMap, volume mode 0400")),
    pytest.param("pcm-items/path/to/data-2", READ, "root", "value-2",
                 marks=conformance("Projected Volume, ConfigMap, mapped")),
    pytest.param("pcm-items/path/to/data-2", READ, "user", "value-2",
                 marks=conformance("Projected Volume, ConfigMap, mapped, non-root user")),
    pytest.param("pcm-private/path/to/data-2", ONLY_OWNER, "root", "value-2",
                 marks=conformance("Projected Volume, ConfigMap, mapped, volume mode 0400")),
    pytest.param("pcm-again/data-1", READ, "root", "value-1",
                 marks=conformance("Projected Volume, ConfigMap, multiple volume paths")),
    pytest.param("sec/data-1", READ, "root", "value-1", marks=[
        conformance("Secrets Volume, default"),
        conformance("Secrets Volume, volume mode default, secret with same name in different namespace"),
    ]),
    pytest.param("sec-mode/data-1", ONLY_OWNER, "root", "value-1",
                 marks=conformance("Secrets Volume, volume mode 0400")),
    pytest.param("sec-items/path/to/data-2", READ, "root", "value-2", marks=conformance("Secrets Volume, mapping")),
    pytest.param("sec-private/path/to/data-2", ONLY_OWNER, "root", "value-2",
                 marks=conformance("Secrets Volume, mapping, volume mode 0400")),
    pytest.param("sec-again/data-1", READ, "root", "value-1",
                 marks=conformance("Secrets Volume, mapping multiple volume paths")),
    pytest.param("psec/data-1", READ, "root", "value-1",
                 marks=conformance("Projected Volume, Secrets, volume mode default")),
    pytest.param("psec-mode/data-1", ONLY_OWNER, "root", "value-1",
                 marks=conformance("Projected Volume, Secrets, volume mode 0400")),
    pytest.param("psec-items/path/to/data-2", READ, "root", "value-2",
                 marks=conformance("Projected Volume, Secrets, mapped")),
    pytest.param("psec-private/path/to/data-2", ONLY_OWNER, "root", "value-2",
                 marks=conformance("Projected Volume, Secrets, mapped, volume mode 0400")),
    pytest.param("psec-again/data-1", READ, "root", "value-1",
                 marks=conformance("Projected Volume, Secrets, mapped, multiple paths")),
    pytest.param("info/name", READ, "user", "vols", marks=conformance("DownwardAPI volume, pod name")),
    pytest.param("info-mode/name", ONLY_OWNER, "root", "vols",
                 marks=conformance("DownwardAPI volume, volume mode 0400")),
    pytest.param("info/private", ONLY_OWNER, "root", "vols", marks=conformance("DownwardAPI volume, file mode 0400")),
    pytest.param("info/cpu_limit", READ, "root", "1250", marks=conformance("DownwardAPI volume, CPU limits")),
    pytest.param("info/cpu_request", READ, "root", "250", marks=conformance("DownwardAPI volume, CPU request")),
    pytest.param("info/memory_limit", READ, "root", "64", marks=conformance("DownwardAPI volume, memory limits")),
    pytest.param("info/memory_request", READ, "root", "32", marks=conformance("DownwardAPI volume, memory request")),
    pytest.param("info/cpu_default", READ, "root", "4000",
                 marks=conformance("DownwardAPI volume, CPU limit, default node allocatable")),
    pytest.param("pinfo/name", READ, "user", "vols", marks=conformance("Projected Volume, DownwardAPI, pod name")),
    pytest.param("pinfo-mode/name", ONLY_OWNER, "root", "vols", marks=conformance(
        "[sig-storage] Projected downwardAPI should set DefaultMode on files")),
    pytest.param("pinfo/private", ONLY_OWNER, "root", "vols", marks=conformance(
        "[sig-storage] Projected downwardAPI should set mode on item file")),
    pytest.param("pinfo/cpu_limit", READ, "root", "1250",
                 marks=conformance("Projected Volume, DownwardAPI, CPU limits")),
    pytest.param("pinfo/cpu_request", READ, "root", "250",
                 marks=conformance("Projected Volume, DownwardAPI, CPU request")),
    pytest.param("pinfo/memory_limit", READ, "root", "64",
                 marks=conformance("Projected Volume, DownwardAPI, memory limits")),
    pytest.param("pinfo/memory_request", READ, "root", "32",
                 marks=conformance("Projected Volume, DownwardAPI, memory request")),
    pytest.param("pinfo/cpu_default", READ, "root", "4000",
                 marks=conformance("Projected Volume, DownwardAPI, CPU limit, node allocatable")),
]


@pytest.mark.parametrize(("path", "mode", "who", "content"), FILES)
async def test_files(cluster: Cluster, path: str, mode: int, who: str, content: str) -> None:
    assert await look(cluster, f"/v/{path}", who) == (mode, content)


@conformance("ConfigMap Volume, text data, binary data")
async def test_binary_data(cluster: Cluster) -> None:
    told = await cluster.exec("vols", *sh("busybox od -An -tx1 /v/binary/dump.bin"), container="root")
    assert told.split() == ["de", "ca", "fe", "00"]


@pytest.mark.parametrize("path", [
    pytest.param("info", marks=conformance("DownwardAPI volume, memory limit, default node allocatable")),
    pytest.param("pinfo", marks=conformance("Projected Volume, DownwardAPI, memory limit, node allocatable")),
])
async def test_memory_of_the_node(cluster: Cluster, path: str) -> None:
    told = await look(cluster, f"/v/{path}/memory_default", "root")
    node = await cluster.admin.get("Node", harness.NODE)
    kibibytes = int(node["status"]["allocatable"]["memory"].removesuffix("Ki"))
    assert int(told[1]) in (kibibytes // 1024, kibibytes // 1024 + 1)


@conformance("EmptyDir Wrapper Volume, Secret and ConfigMap volumes, no conflict")
async def test_volumes_side_by_side(cluster: Cluster) -> None:
    script = "ls /v/sec /v/cm; grep -c ' /v/sec \\| /v/cm ' /proc/mounts"
    told = await cluster.exec("vols", *sh(script), container="root")
    assert told.split() == ["/v/cm:", "data-1", "data-2", "/v/sec:", "data-1", "data-2", "2"]


@conformance("Projected Volume, multiple projections")
async def test_projections_side_by_side(cluster: Cluster) -> None:
    told = await cluster.exec("vols", *sh("cat /v/all/secret /v/all/config /v/all/name"), container="root")
    assert told == "value-1value-1vols"


@pytest.mark.parametrize("path", [
    pytest.param("sec", marks=conformance("Secrets Volume, volume mode 0440, fsGroup 1001 and uid 1000")),
    pytest.param("psec", marks=conformance("Project Volume, Secrets, non-root, custom fsGroup")),
])
async def test_the_group_reads(cluster: Cluster, path: str) -> None:
    script = f"stat -L -c '%a %g' /v/{path}/data-1; cat /v/{path}/data-1"
    assert await cluster.exec("grouped", *sh(script)) == "440 1001\nvalue-1"


EMPTY = [
    pytest.param("root", "644", "empty", marks=conformance(
        "[sig-storage] EmptyDir volumes should support (root,0644,default)")),
    pytest.param("root", "644", "memory", marks=conformance("EmptyDir, medium memory, volume mode 0644")),
    pytest.param("root", "666", "empty", marks=conformance(
        "[sig-storage] EmptyDir volumes should support (root,0666,default)")),
    pytest.param("root", "666", "memory", marks=conformance("EmptyDir, medium memory, volume mode 0666")),
    pytest.param("root", "777", "empty", marks=conformance(
        "[sig-storage] EmptyDir volumes should support (root,0777,default)")),
    pytest.param("root", "777", "memory", marks=conformance("EmptyDir, medium memory, volume mode 0777")),
    pytest.param("user", "644", "empty", marks=conformance(
        "[sig-storage] EmptyDir volumes should support (non-root,0644,default)")),
    pytest.param("user", "644", "memory",
                 marks=conformance("EmptyDir, medium memory, volume mode 0644, non-root user")),
    pytest.param("user", "666", "empty", marks=conformance(
        "[sig-storage] EmptyDir volumes should support (non-root,0666,default)")),
    pytest.param("user", "666", "memory", marks=conformance(
        "[sig-storage] EmptyDir volumes should support (non-root,0666,tmpfs)")),
    pytest.param("user", "777", "empty", marks=conformance(
        "[sig-storage] EmptyDir volumes should support (non-root,0777,default)")),
    pytest.param("user", "777", "memory",
                 marks=conformance("EmptyDir, medium memory, volume mode 0777, non-root user")),
]


@pytest.mark.parametrize(("who", "mode", "volume"), EMPTY)
async def test_empty_directories_keep_modes(cluster: Cluster, who: str, mode: str, volume: str) -> None:
    path = f"/v/{volume}/{who}-{mode}"
    script = f"echo content >{path} && busybox chmod {mode} {path} && stat -c %a {path} && cat {path}"
    assert await cluster.exec("vols", *sh(script), container=who) == f"{mode}\ncontent\n"
    assert ("tmpfs" in await mounted(cluster, volume)) is (volume == "memory")


async def mounted(cluster: Cluster, volume: str) -> str:
    return await cluster.exec("vols", *sh(f"grep ' /v/{volume} ' /proc/mounts"), container="root")


@pytest.mark.parametrize("volume", [
    pytest.param("empty", marks=conformance("EmptyDir, medium default, volume mode default")),
    pytest.param("memory", marks=conformance("EmptyDir, medium memory, volume mode default")),
])
async def test_mode_of_an_empty_directory(cluster: Cluster, volume: str) -> None:
    assert await cluster.exec("vols", "stat", "-c", "%a", f"/v/{volume}", container="user") == "777\n"
    assert ("tmpfs" in await mounted(cluster, volume)) is (volume == "memory")


@conformance("EmptyDir, Shared volumes between containers")
async def test_containers_share_a_directory(cluster: Cluster) -> None:
    await cluster.exec("vols", *sh("echo shared >/v/empty/shared"), container="user")
    assert await cluster.exec("vols", "cat", "/v/empty/shared", container="root") == "shared\n"


SUBPATH_CASES = [
    pytest.param("/sub/cm", "value-1", marks=conformance(
        "[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod")),
    pytest.param("/etc/passwd", "value-1", marks=conformance(
        "[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod with mountPath of"
        " existing file")),
    pytest.param("/sub/sec", "value-1", marks=conformance("SubPath: Reading content from a secret volume.")),
    pytest.param("/sub/info", "vols", marks=conformance("SubPath: Reading content from a downwardAPI volume.")),
    pytest.param("/sub/all", "value-1", marks=conformance("SubPath: Reading content from a projected volume.")),
]


@pytest.mark.parametrize(("path", "content"), SUBPATH_CASES)
async def test_parts_of_volumes(cluster: Cluster, path: str, content: str) -> None:
    assert await cluster.exec("vols", "cat", path, container="root") == content


@conformance("VolumeSubpathEnvExpansion, subpath expansion")
async def test_variables_in_paths(cluster: Cluster) -> None:
    await cluster.exec("vols", *sh("echo here >/sub/expanded/file"), container="root")
    assert await cluster.exec("vols", "cat", "/v/empty/vols/inner/file", container="root") == "here\n"


async def shows(cluster: Cluster, path: str, content: str | None) -> None:
    """Wait until a file says something, or until it is gone."""
    async def holds() -> bool:
        told = await cluster.exec("vols", *sh(f"cat {path} 2>&1 || true"), container="root")
        return "No such file" in told if content is None else content in told

    await cluster.until(holds, f"{path} shows {content}")


CHANGING = [
    pytest.param("ConfigMap", "cm-changing", marks=conformance("ConfigMap Volume, update")),
    pytest.param("ConfigMap", "pcm-changing", marks=conformance("Projected Volume, ConfigMap, update")),
]


@pytest.mark.parametrize(("kind", "volume"), CHANGING)
async def test_changes_are_seen(cluster: Cluster, kind: str, volume: str) -> None:
    body = object_body(kind, "changing", {"data-1": f"new for {volume}"})
    await cluster.admin.patch(kind, "changing", {"data": body["data"]}, NAMESPACE)
    await shows(cluster, f"/v/{volume}/data-1", f"new for {volume}")


OPTIONAL = [
    pytest.param("ConfigMap", "cm", marks=[
        conformance("ConfigMap Volume, create, update and delete"),
        conformance("Projected Volume, ConfigMap, create, update and delete"),
    ]),
    pytest.param("Secret", "sec", marks=[
        conformance("Secrets Volume, create, update and delete"),
        conformance("Projected Volume, Secrets, create, update delete"),
    ]),
]


@pytest.mark.parametrize(("kind", "short"), OPTIONAL)
async def test_optional_sources_come_and_go(cluster: Cluster, kind: str, short: str) -> None:
    for volume in (short, f"p{short}"):
        await shows(cluster, f"/v/{volume}-created/data-1", None)
        await shows(cluster, f"/v/{volume}-deleted/data-1", "value-1")
    await cluster.admin.create(object_body(kind, "created", {"data-1": "value-1"}), namespace=NAMESPACE)
    change = object_body(kind, "updated", {"data-3": "value-3"})["data"]
    await cluster.admin.patch(kind, "updated", {"data": {"data-1": None, **change}}, NAMESPACE)
    await cluster.admin.delete(kind, "deleted", NAMESPACE)
    for volume in (short, f"p{short}"):
        await shows(cluster, f"/v/{volume}-created/data-1", "value-1")
        await shows(cluster, f"/v/{volume}-updated/data-3", "value-3")
        await shows(cluster, f"/v/{volume}-updated/data-1", None)
        await shows(cluster, f"/v/{volume}-deleted/data-1", None)


@conformance("DownwardAPI volume, update label")
@conformance("DownwardAPI volume, update annotations")
@conformance("Projected Volume, DownwardAPI, update labels")
@conformance("Projected Volume, DownwardAPI, update annotation")
async def test_labels_and_annotations_follow(cluster: Cluster) -> None:
    for volume in ("info", "pinfo"):
        await shows(cluster, f"/v/{volume}/annotations", 'build="two"')
    change = {"metadata": {"labels": {"key3": "value3"}, "annotations": {"builder": "foo"}}}
    await cluster.admin.patch("Pod", "vols", change, NAMESPACE)
    for volume in ("info", "pinfo"):
        await shows(cluster, f"/v/{volume}/labels", 'key3="value3"')
        await shows(cluster, f"/v/{volume}/annotations", 'builder="foo"')


@pytest.mark.parametrize(("name", "place"), [
    pytest.param("absolute", "/tmp", marks=conformance("VolumeSubpathEnvExpansion, subpath with absolute path")),
    pytest.param("back", "..", marks=conformance("VolumeSubpathEnvExpansion, subpath with backticks")),
])
async def test_a_path_that_leads_out_holds_the_container(cluster: Cluster, name: str, place: str) -> None:
    mount = {"name": "v", "mountPath": "/v", "subPathExpr": "$(PLACE)"}
    body = container("main", [mount], env=[{"name": "PLACE", "value": place}])
    await cluster.run({"metadata": {"name": name}, "spec": {
        "containers": [body], "volumes": [{"name": "v", "emptyDir": {}}]}})
    await cluster.wait(name, lambda found: harness.waiting(found) == "CreateContainerConfigError")


@conformance("VolumeSubpathEnvExpansion, subpath ready from failed state")
@conformance("VolumeSubpathEnvExpansion, subpath test writes")
async def test_a_path_is_put_right_by_an_annotation(cluster: Cluster) -> None:
    mounts = [{"name": "v", "mountPath": "/sub", "subPathExpr": "$(PLACE)/$(NAME)"}, {"name": "v", "mountPath": "/v"}]
    place = {"name": "PLACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['mysubpath']"}}}
    body = container("main", mounts, env=[place, *ENVIRONMENT])
    await cluster.run({"metadata": {"name": "repaired", "annotations": {"notmysubpath": "mypath"}}, "spec": {
        "containers": [body], "volumes": [{"name": "v", "emptyDir": {}}]}})
    await cluster.wait("repaired", lambda found: harness.waiting(found) == "CreateContainerConfigError")
    await cluster.admin.patch("Pod", "repaired", {"metadata": {"annotations": {"mysubpath": "mypath"}}}, NAMESPACE)
    await cluster.running("repaired")
    await cluster.exec("repaired", "touch", "/v/mypath/repaired/test.log")
    assert await cluster.exec("repaired", "ls", "/sub") == "test.log\n"
    await cluster.admin.patch("Pod", "repaired", {"metadata": {"annotations": {"mysubpath": None}}}, NAMESPACE)
    await cluster.delete("repaired")  # The volume goes, though its path cannot be told any more.
    await cluster.gone("repaired")


@conformance("EmptyDir Wrapper Volume, ConfigMap volumes, no race")
async def test_many_config_maps_at_once(cluster: Cluster) -> None:
    names = [f"racey-{number}" for number in range(50)]
    for name in names:
        await cluster.admin.create(object_body("ConfigMap", name, {"data-1": "value-1"}), namespace=NAMESPACE)
    listed = [{"name": name, **source("ConfigMap", name)} for name in names]
    mounts = [{"name": name, "mountPath": f"/v/{name}"} for name in names]
    pods = [f"many-{number}" for number in range(5)]
    for name in pods:
        await cluster.run({"metadata": {"name": name}, "spec": {
            "containers": [container("main", mounts)], "volumes": listed}})
    await asyncio.gather(*(cluster.running(name) for name in pods))
    assert await cluster.exec("many-4", "cat", "/v/racey-49/data-1") == "value-1"
