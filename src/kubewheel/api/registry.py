"""The registry: which resources a server serves, found by path or by kind.

Each server, client and test has its own; custom resources are added to it while it runs.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from kubewheel.api import builtin
from kubewheel.api.resources import Resource, Subresource, group_version, split_group_version

__all__ = ["Registry", "Resource", "Subresource", "group_version", "split_group_version", "version_rank"]

_VERSION = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?")
_STABILITY = {"alpha": 1, "beta": 2, None: 3}


def version_rank(version: str) -> tuple[int, int, int, str]:
    """Return a key that sorts versions from the least to the most preferred: v1alpha1 < v1beta1 < v1 < v2."""
    match = _VERSION.fullmatch(version)
    if match is None:
        # Names of another form come last; among them the alphabetically first is preferred.
        return 0, 0, 0, "".join(chr(0x10FFFF - ord(letter)) for letter in version) + chr(0x10FFFF)
    return _STABILITY[match[2]], int(match[1]), int(match[3] or 0), ""


@dataclass(frozen=True, slots=True)
class _Indexes:
    """Resources by kind and by key in their preferred version; versions of groups; resources by what stores them."""

    by_kind: dict[str, Resource] = field(default_factory=dict)
    by_key: dict[str, Resource] = field(default_factory=dict)
    versions: dict[str, list[str]] = field(default_factory=dict)
    sharing: dict[str, list[Resource]] = field(default_factory=dict)


def _indexes(resources: Collection[Resource]) -> _Indexes:
    found = _Indexes()
    ranks = {version: version_rank(version) for version in {each.version for each in resources}}
    for resource in resources:
        versions = found.versions.setdefault(resource.group, [])
        if resource.version not in versions:
            versions.append(resource.version)
        found.sharing.setdefault(resource.storage_key, []).append(resource)
    for versions in found.versions.values():
        versions.sort(key=ranks.__getitem__, reverse=True)
    for resource in sorted(resources, key=lambda each: ranks[each.version], reverse=True):
        found.by_kind.setdefault(resource.qualified_kind, resource)
        found.by_key.setdefault(resource.key, resource)
    return found


class Registry:
    """A set of resources; `revision` rises with every change, so that documents made from it can be cached."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self.revision = 0
        self._by_path: dict[tuple[str, str, str], Resource] = {}
        self._by_gvk: dict[tuple[str, str, str], Resource] = {}
        self._indexes: _Indexes | None = None
        self.extend(resources)

    @classmethod
    def builtin(cls) -> "Registry":
        """Return a registry of everything that Kubernetes serves by default."""
        return cls(builtin.resources())

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_path.values())

    def __len__(self) -> int:
        return len(self._by_path)

    def add(self, resource: Resource) -> None:
        """Serve `resource`, in place of one at the same path."""
        self.extend([resource])

    def extend(self, resources: Iterable[Resource]) -> None:
        """Serve several resources more."""
        for resource in resources:
            self._place(resource)
        self._changed()

    def _changed(self) -> None:
        self.revision += 1
        self._indexes = None

    def _place(self, resource: Resource) -> None:
        old = self._by_path.get((resource.group, resource.version, resource.plural))
        if old is not None:
            self._by_gvk.pop(old.gvk, None)
        self._by_path[resource.group, resource.version, resource.plural] = resource
        self._by_gvk[resource.gvk] = resource

    def remove(self, resource: Resource) -> None:
        """Serve `resource` no more; nothing happens if it is not served."""
        found = self._by_path.pop((resource.group, resource.version, resource.plural), None)
        if found is not None:
            self._by_gvk.pop(found.gvk, None)
            self._changed()

    def _index(self) -> _Indexes:
        """Return what is looked up in other ways than by path; made when first asked for after a change."""
        if self._indexes is None:
            self._indexes = _indexes(self._by_path.values())
        return self._indexes

    def lookup(self, group: str, version: str, plural: str) -> Resource | None:
        """Return the resource at a path."""
        return self._by_path.get((group, version, plural))

    def by_gvk(self, group: str, version: str, kind: str) -> Resource | None:
        """Return the resource whose objects are of that kind in that version."""
        return self._by_gvk.get((group, version, kind))

    def of(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource of an object's `apiVersion` and `kind`."""
        return self._by_gvk.get((*split_group_version(api_version), kind))

    def by_kind(self, kind: str) -> Resource:
        """Return the preferred version of `Pod` or `Deployment.apps`; raise KeyError if it is not served."""
        return self._index().by_kind[kind]

    def by_key(self, key: str) -> Resource | None:
        """Return the preferred version of `pods` or `deployments.apps`."""
        return self._index().by_key.get(key)

    def sharing(self, storage_key: str) -> tuple[Resource, ...]:
        """Return the resources that show the objects stored under `storage_key`: versions, or groups, of one kind."""
        return tuple(self._index().sharing.get(storage_key, ()))

    def groups(self) -> list[str]:
        """Return the groups, in the order of discovery."""
        return list(self._index().versions)

    def versions(self, group: str) -> list[str]:
        """Return the versions of `group`, the preferred one first; empty if the group is not served."""
        return list(self._index().versions.get(group, ()))

    def resources(self, group: str, version: str) -> list[Resource]:
        """Return the resources of one version of a group."""
        return [each for each in self._by_path.values() if each.group == group and each.version == version]
