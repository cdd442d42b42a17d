"""OCI archives: what a reader finds in them."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

from kubewheel.libs import oci_archive

IMAGE = oci_archive.Image(
    name="example.com/app:1", entrypoint=["/run"], command=["x"], environment={"A": "1"}, user="5:6",
    files=[oci_archive.File("bin", None, 0o755), oci_archive.File("bin/run", b"program", 0o755, user=5),
           oci_archive.File("bin/alias", link="run")],
)


def read(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}  # type: ignore[union-attr]


def blob(files: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    found = files["blobs/sha256/" + descriptor["digest"].partition(":")[2]]
    assert descriptor["digest"] == "sha256:" + hashlib.sha256(found).hexdigest()
    assert descriptor["size"] == len(found)
    return found


def test_archive_holds_a_complete_image() -> None:
    files = read(oci_archive.build([IMAGE]))
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    (descriptor,) = json.loads(files["index.json"])["manifests"]
    assert descriptor["annotations"] == {
        "io.containerd.image.name": "example.com/app:1", "org.opencontainers.image.ref.name": "1",
    }
    manifest = json.loads(blob(files, descriptor))
    config = json.loads(blob(files, manifest["config"]))
    assert config["config"] == {"Entrypoint": ["/run"], "Cmd": ["x"], "Env": ["A=1"], "User": "5:6"}
    layer = gzip.decompress(blob(files, manifest["layers"][0]))
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(layer).hexdigest()]
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        entries = {entry.name: entry for entry in tar}
    assert entries["bin"].isdir()
    assert (entries["bin/run"].mode, entries["bin/run"].uid) == (0o755, 5)
    assert entries["bin/alias"].linkname == "run"


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    oci_archive.write(tmp_path / "a.tar", [IMAGE])
    assert (tmp_path / "a.tar").read_bytes() == oci_archive.build([IMAGE])
