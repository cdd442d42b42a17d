"""What simulated containers do."""

from typing import Any

import pytest

from kubewheel.kubelet.simulated import behaviour
from kubewheel.kubelet.simulated.behaviour import STARTED, Answer, Behaviour


def pod(container: dict[str, Any] | None = None, job: bool = False, **annotations: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "web", "namespace": "default", "uid": "u"}
    metadata["annotations"] = {
        behaviour.PREFIX + name.replace("_", "-").replace("__", "."): value for name, value in annotations.items()
    }
    if job:
        metadata["ownerReferences"] = [{"kind": "Job", "controller": True}]
    return {"metadata": metadata, "spec": {"containers": [{"name": "main", "image": "app:1", **(container or {})}]}}


def of(found: dict[str, Any], *, is_init: bool = False) -> Behaviour:
    return behaviour.of(found, found["spec"]["containers"][0], is_init=is_init)


@pytest.mark.parametrize(
    ("found", "is_init", "expected"),
    [
        pytest.param(pod(), False, Behaviour(log=STARTED), id="runs"),
        pytest.param(pod(), True, Behaviour(exit_after=0.0, log=STARTED), id="init-ends"),
        pytest.param(pod({"restartPolicy": "Always"}), True, Behaviour(log=STARTED), id="sidecar-runs"),
        pytest.param(pod(job=True), False, Behaviour(exit_after=0.0, log=STARTED), id="job-ends"),
        pytest.param(
            pod({"command": ["sh", "-c"], "args": ["echo a; sleep 2; echo b >&2; exit 3"]}), False,
            Behaviour(exit_after=2.0, exit_code=3, log=((0.0, "stdout", "a"), (2.0, "stderr", "b"))), id="script",
        ),
        pytest.param(
            pod({"args": ["sh", "-c", "echo a"]}), False, Behaviour(exit_after=0.0, log=((0.0, "stdout", "a"),)),
            id="shell-as-arguments",
        ),
        pytest.param(pod({"args": ["echo", "a"]}), False, Behaviour(log=STARTED), id="arguments-of-an-entry-point"),
        pytest.param(pod({"command": ["nginx", "-g", "daemon off;"]}), False, Behaviour(log=STARTED), id="unknown"),
        pytest.param(pod({"command": ["sleep", "infinity"]}), False, Behaviour(), id="sleeps-forever"),
        pytest.param(
            pod({"command": ["sh", "-c", "echo $A on $(hostname)"], "env": [{"name": "A", "value": "x"}]}), False,
            Behaviour(log=STARTED), id="substitution-is-unknown",
        ),
        pytest.param(
            pod({"command": ["sh", "-c", "echo $A"], "env": [
                {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}), False,
            Behaviour(exit_after=0.0, log=((0.0, "stdout", "web"),)), id="environment",
        ),
    ],
)
def test_without_annotations(found: dict[str, Any], is_init: bool, expected: Behaviour):
    assert of(found, is_init=is_init) == expected


def test_annotations():
    found = of(pod(
        start_after="1", ready_after="500ms", exit_after="2m", exit_code="7", stop_after="3s", log="a\nb",
        log_every="0.5", exec='{"x y": "out", "z": {"stderr": "e", "code": 2}}', pull_error="",
    ))
    assert found == Behaviour(
        start_after=1.0, ready_after=0.5, exit_after=120.0, exit_code=7, stop_after=3.0,
        log=((0.0, "stdout", "a"), (0.0, "stdout", "b")), log_every=0.5,
        answers={"x y": Answer("out"), "z": Answer(stderr="e", code=2)},
    )


def test_one_containers_annotation_comes_first():
    found = pod()
    found["metadata"]["annotations"] = {
        "simulated.kubewheel.dev/exit-after": "5", "simulated.kubewheel.dev/exit-after.main": "9",
        "simulated.kubewheel.dev/exit-code.other": "1",
    }
    assert (of(found).exit_after, of(found).exit_code) == (9.0, 0)


@pytest.mark.parametrize("text", ["soon", "-1", ""])
def test_nonsense_counts_as_absent(text: str):
    assert of(pod(ready_after=text)).ready_after == 0.0


@pytest.mark.parametrize(
    ("image", "fails"),
    [
        ("registry.example/nonexistent:1", True), ("does-not-exist", True), ("app:nosuch", True),
        ("no-such-image", True),
        ("nginx:1.27", False), ("existent:1", False),
    ],
)
def test_images_that_say_so_cannot_be_pulled(image: str, fails: bool):
    assert bool(of(pod({"image": image})).pull_error) is fails
