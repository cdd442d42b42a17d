"""A container as the runtime is told of it."""

from pathlib import Path
from typing import Any

import pytest

from kubewheel.kubelet import labels
from kubewheel.kubelet.container_config import Materials, build
from kubewheel.kubelet.environment import ConfigError
from kubewheel.kubelet.plan import Start
from kubewheel.kubelet.runtime import Image, Mount
from kubewheel.kubelet.volumes.kinds import Mounted
from tests.unit.kubelet.build import container, pod

VOLUMES = {"data": Mounted(Path("/v/data")), "conf": Mounted(Path("/v/conf"), read_only=True)}


def config(subject: dict[str, Any], **changes: Any) -> Any:
    materials: dict[str, Any] = {
        "image": Image("sha256:1", user=0), "image_name": "sha256:1", "environment": {"A": "1"}, "mounted": VOLUMES,
        "pod_dir": Path("/pods/u"), "profiles_dir": Path("/profiles"), "memory_bytes": 1 << 30,
        "hosts_file": "/pods/u/etc-hosts", "termination_file": "/pods/u/t",
    }
    return build(pod(subject), Start(subject, 3), Materials(**{**materials, **changes}))


def test_fields() -> None:
    found = config(container(command=["run", "$(A)"], args=["$(B)"], workingDir="/w", stdin=True, tty=True))
    assert (found.command, found.args, found.working_directory) == (("run", "1"), ("$(B)",), "/w")
    assert (found.attempt, found.log_path, found.environment) == (3, "main/3.log", (("A", "1"),))
    assert (found.stdin, found.tty) == (True, True)
    assert found.labels[labels.CONTAINER_NAME] == "main"
    assert found.annotations[labels.RESTART_COUNT] == "3"


def test_mounts() -> None:
    subject = container(
        terminationMessagePath="/dev/termination-log",
        volumeMounts=[{"name": "data", "mountPath": "data", "mountPropagation": "Bidirectional"},
                      {"name": "conf", "mountPath": "/conf"}, {"name": "data", "mountPath": "/ro", "readOnly": True}],
    )
    assert config(subject).mounts == (
        Mount("/data", "/v/data", False, "bidirectional"), Mount("/conf", "/v/conf", True),
        Mount("/ro", "/v/data", True), Mount("/etc/hosts", "/pods/u/etc-hosts"),
        Mount("/dev/termination-log", "/pods/u/t"),
    )


def test_own_hosts_file_wins() -> None:
    subject = container(volumeMounts=[{"name": "conf", "mountPath": "/etc/hosts"}])
    assert config(subject).mounts == (Mount("/etc/hosts", "/v/conf", True),)


@pytest.mark.parametrize(("mount", "message"), [
    ({"name": "none", "mountPath": "/x"}, 'cannot find volume "none" to mount into container "main"'),
    ({"name": "data", "mountPath": "/x", "subPathExpr": "$(NONE)"}, "failed to expand subPath expression"),
    ({"name": "data", "mountPath": "/x", "subPath": "../up"}, 'failed to prepare subPath for volumeMount "data"'),
])
def test_faults(mount: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        config(container(volumeMounts=[mount]))


def test_block_volumes_are_refused() -> None:
    with pytest.raises(ConfigError, match="block volumes"):
        config(container(volumeDevices=[{"name": "data", "devicePath": "/dev/x"}]))
