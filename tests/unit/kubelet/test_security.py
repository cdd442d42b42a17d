"""Security settings: who wins, and who must not be root."""

from pathlib import Path
from typing import Any

import pytest

from kubewheel.kubelet import security
from kubewheel.kubelet.environment import ConfigError
from kubewheel.kubelet.runtime import Image, Namespaces
from tests.unit.kubelet.build import UID, container, pod

PROFILES = Path("/profiles")
ROOT, NUMERIC, NAMED = Image("i", user=0), Image("i", user=65534), Image("i", username="nobody")
ABOUT = f'(pod: "web_shop({UID})", container: main)'


def subject(pod_wide: dict[str, Any] | None = None, own: dict[str, Any] | None = None) -> tuple[Any, Any]:
    found = container(securityContext=own or {})
    return pod(found, securityContext=pod_wide or {}), found


@pytest.mark.parametrize(("pod_wide", "own", "image", "problem"), [
    ({}, {}, ROOT, ""),
    ({"runAsNonRoot": True}, {}, NUMERIC, ""),
    ({"runAsNonRoot": True}, {"runAsUser": 5}, ROOT, ""),
    ({"runAsNonRoot": True}, {}, ROOT, f"container has runAsNonRoot and image will run as root {ABOUT}"),
    ({"runAsNonRoot": True}, {"runAsNonRoot": False}, ROOT, ""),
    ({"runAsNonRoot": True}, {"runAsUser": 0}, NUMERIC, f"container's runAsUser breaks non-root policy {ABOUT}"),
    ({}, {"runAsNonRoot": True}, NAMED, "container has runAsNonRoot and image has non-numeric user (nobody), "
                                        f"cannot verify user is non-root {ABOUT}"),
])
def test_check_non_root(pod_wide: Any, own: Any, image: Image, problem: str) -> None:
    wanted, found = subject(pod_wide, own)
    if not problem:
        security.check_non_root(wanted, found, image)
        return
    with pytest.raises(ConfigError) as caught:
        security.check_non_root(wanted, found, image)
    assert str(caught.value) == problem


def test_container_wins_over_pod_and_image() -> None:
    wanted, found = subject(
        {"runAsUser": 1, "runAsGroup": 2, "fsGroup": 3, "supplementalGroups": [4]},
        {"runAsUser": 5, "capabilities": {"add": ["CAP_NET_ADMIN"], "drop": ["all"]}, "privileged": True,
         "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "procMount": "Unmasked"},
    )
    result = security.of_container(wanted, found, NUMERIC, PROFILES)
    assert (result.user, result.group, result.supplemental_groups) == (5, 2, (4, 3))
    assert (result.add_capabilities, result.drop_capabilities) == (("NET_ADMIN",), ("ALL",))
    assert result.privileged
    assert result.read_only_root
    assert result.no_new_privileges
    assert result.masked_paths == ()


def test_image_user_counts_last() -> None:
    wanted, found = subject()
    assert security.of_container(wanted, found, NUMERIC, PROFILES).user == 65534
    assert security.of_container(wanted, found, NAMED, PROFILES).username == "nobody"
    assert security.of_container(wanted, found, NUMERIC, PROFILES).masked_paths == security.MASKED_PATHS


@pytest.mark.parametrize(("profile", "expected"), [
    ({}, "Unconfined"), ({"type": "RuntimeDefault"}, "RuntimeDefault"),
    ({"type": "Localhost", "localhostProfile": "a/b.json"}, "/profiles/a/b.json"),
])
def test_seccomp(profile: Any, expected: str) -> None:
    assert security.seccomp({"seccompProfile": profile}, PROFILES) == expected


def test_sandbox_and_namespaces() -> None:
    wanted, _ = subject({"runAsGroup": 7}, {"privileged": True})
    found = security.of_sandbox(wanted, PROFILES)
    assert found.privileged
    assert found.group is None  # The interface refuses a group without a user.
    shared = pod(hostNetwork=True, hostPID=True, hostIPC=True, shareProcessNamespace=True)
    assert security.namespaces(shared, "x") == Namespaces(True, True, True, True, "x")
