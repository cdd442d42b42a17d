"""Manifests: objects from text, files, directories and mappings, in the order in which they can be created."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

__tracebackhide__ = True  # See `thread`.
SUFFIXES = frozenset((".yaml", ".yml", ".json"))
FIRST = (  # What others need to exist; everything else follows.
    "Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass", "RuntimeClass", "ServiceAccount",
    "ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding", "LimitRange", "ResourceQuota", "ConfigMap", "Secret",
    "PersistentVolume", "PersistentVolumeClaim", "Service",
)
Source = str | Path | Mapping[str, Any] | Iterable[Any]


def read(source: Source, folder: str | Path = "") -> list[dict[str, Any]]:
    """Return the objects of `source`: YAML or JSON text, a path, one object, or several of these.

    A path starts at the working directory or, when nothing is there, at `folder`.
    """
    objects = list(_objects(source, Path(folder)))
    return sorted(objects, key=lambda each: _rank(each["kind"]))


def _rank(kind: str) -> int:
    return FIRST.index(kind) if kind in FIRST else len(FIRST)


def _objects(source: Source, folder: Path) -> Iterator[dict[str, Any]]:
    if isinstance(source, Mapping):
        yield from _flat(source)
    elif isinstance(source, Path) or (isinstance(source, str) and _is_path(source)):
        yield from _of_path(_existing(Path(source), folder))
    elif isinstance(source, str):
        yield from _of_text(source, "the manifest")
    else:
        for each in source:
            yield from _objects(each, folder)


def _is_path(text: str) -> bool:
    """Tell a path from YAML, of which one line has at least a colon and a space or a bracket."""
    return bool(text.strip()) and not any(mark in text for mark in ("\n", ": ", "{", "#"))


def _existing(path: Path, folder: Path) -> Path:
    for found in (path, folder / path):
        if found.exists():
            return found
    places = " or ".join(dict.fromkeys(str(each.absolute()) for each in (path, folder / path)))
    raise FileNotFoundError(f"there are no manifests {places}")


def _of_path(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_dir():
        yield from _of_text(path.read_text(), str(path))
        return
    for each in sorted(path.rglob("*")):
        if each.suffix in SUFFIXES and each.is_file():
            yield from _of_text(each.read_text(), str(each))


def _of_text(text: str, origin: str) -> Iterator[dict[str, Any]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = list(yaml.load_all(text, Loader=loader))
    except yaml.YAMLError as error:
        raise ValueError(f"{origin} is no YAML: {error}") from None
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, Mapping) or not document.get("kind") or not document.get("apiVersion"):
            raise ValueError(f"{origin} holds something that is no object with apiVersion and kind: {document!r:.80}")
        yield from _flat(document)


def _flat(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the object, or those of a List."""
    if str(document["kind"]).endswith("List") and "items" in document:
        for each in document["items"]:
            yield from _flat(each)
    else:
        yield dict(document)
