"""OCI image archives, written without any image tool: `write` makes the tar that `ctr images import` reads.

Format: https://github.com/opencontainers/image-spec (image-layout, manifest, config). The index carries the image's
full name where containerd looks for it and its tag where skopeo does.
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EPOCH = "1970-01-01T00:00:00Z"  # A fixed creation time makes equal input give equal digests.
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "ppc64le": "ppc64le", "s390x": "s390x"}


@dataclass(frozen=True, slots=True)
class File:
    """One entry of a layer: content, or a directory (content None), or a symbolic link (`link` set)."""

    path: str
    content: bytes | None = b""
    mode: int = 0o644
    link: str = ""
    user: int = 0
    group: int = 0


@dataclass(frozen=True, slots=True)
class Image:
    """An image with one layer; `architecture` is Go's word, e.g. amd64."""

    name: str  # full: registry/repository:tag
    files: Sequence[File]
    architecture: str = "amd64"
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = ""
    user: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    exposed_ports: Sequence[str] = ()
    stop_signal: str = ""

    @property
    def tag(self) -> str:
        """Return the part of the name after the last colon."""
        return self.name.rpartition(":")[2]


def _layer(files: Sequence[File]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in files:
            entry = tarfile.TarInfo(file.path.strip("/"))
            entry.mode, entry.uid, entry.gid = file.mode, file.user, file.group
            if file.link:
                entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, file.link, 0o777
                archive.addfile(entry)
            elif file.content is None:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = len(file.content)
                archive.addfile(entry, io.BytesIO(file.content))
    return buffer.getvalue()


def _digest(blob: bytes) -> str:
    return "sha256:" + hashlib.sha256(blob).hexdigest()


def _runtime_config(image: Image) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Entrypoint": list(image.entrypoint),
        "Cmd": list(image.command),
        "Env": [f"{name}={value}" for name, value in image.environment.items()],
        "WorkingDir": image.working_directory,
        "User": image.user,
        "Labels": dict(image.labels),
        "ExposedPorts": {port: {} for port in image.exposed_ports},
        "StopSignal": image.stop_signal,
    }
    return {name: value for name, value in fields.items() if value}


def _encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def _blobs(image: Image) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the blobs by digest, and the descriptor of the manifest."""
    layer = _layer(image.files)
    packed = gzip.compress(layer, compresslevel=6, mtime=0)
    config = _encode({
        "architecture": image.architecture, "os": "linux", "created": EPOCH, "config": _runtime_config(image),
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        "history": [{"created": EPOCH, "created_by": "kubewheel"}],
    })
    manifest = _encode({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": _digest(config), "size": len(config)},
        "layers": [{"mediaType": LAYER, "digest": _digest(packed), "size": len(packed)}],
    })
    descriptor = {
        "mediaType": MANIFEST, "digest": _digest(manifest), "size": len(manifest),
        "platform": {"architecture": image.architecture, "os": "linux"},
        "annotations": {"io.containerd.image.name": image.name, "org.opencontainers.image.ref.name": image.tag},
    }
    return {_digest(blob): blob for blob in (packed, config, manifest)}, descriptor


def build(images: Sequence[Image]) -> bytes:
    """Return the archive that holds `images`."""
    blobs: dict[str, bytes] = {}
    descriptors = []
    for image in images:
        more, descriptor = _blobs(image)
        blobs.update(more)
        descriptors.append(descriptor)
    index = _encode({"schemaVersion": 2, "manifests": descriptors})
    files = [
        File("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
        File("index.json", index),
        File("blobs", None, 0o755),
        File("blobs/sha256", None, 0o755),
        *(File(f"blobs/sha256/{digest.partition(':')[2]}", blob) for digest, blob in sorted(blobs.items())),
    ]
    return _layer(files)


def write(path: Path, images: Sequence[Image]) -> None:
    """Write the archive that holds `images` to `path`."""
    path.write_bytes(build(images))
