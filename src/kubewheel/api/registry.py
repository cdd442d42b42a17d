"""The registry: which resources a server serves, found by path or by kind.

Each server, client and test has its own; custom resources are added to it while it runs.
"""

import re
from collections.abc import Iterable, Iterator

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


class Registry:
    """A set of resources; `revision` rises with every change, so that documents made from it can be cached."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self.revision = 0
        self._by_path: dict[tuple[str, str, str], Resource] = {}
        self._by_gvk: dict[tuple[str, str, str], Resource] = {}
        self._by_kind: dict[str, Resource] = {}
        self._by_key: dict[str, Resource] = {}
        self._versions: dict[str, list[str]] = {}
        self._sharing: dict[str, tuple[Resource, ...]] = {}
        for resource in resources:
            self._place(resource)
        self._index()

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
        self._place(resource)
        self._index()

    def extend(self, resources: Iterable[Resource]) -> None:
        """Serve several resources more."""
        for resource in resources:
            self._place(resource)
        self._index()

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
            self._index()

    def _index(self) -> None:
        self.revision += 1
        self._versions, self._sharing = {}, {}
        for group, version, _ in self._by_path:
            versions = self._versions.setdefault(group, [])
            if version not in versions:
                versions.append(version)
        for versions in self._versions.values():
            versions.sort(key=version_rank, reverse=True)
        self._by_kind, self._by_key = {}, {}
        for resource in sorted(self._by_path.values(), key=lambda each: version_rank(each.version), reverse=True):
            self._by_kind.setdefault(resource.qualified_kind, resource)
            self._by_key.setdefault(resource.key, resource)

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
        return self._by_kind[kind]

    def by_key(self, key: str) -> Resource | None:
        """Return the preferred version of `pods` or `deployments.apps`."""
        return self._by_key.get(key)

    def sharing(self, storage_key: str) -> tuple[Resource, ...]:
        """Return the resources that show the objects stored under `storage_key`: versions, or groups, of one kind."""
        if not self._sharing:
            found: dict[str, list[Resource]] = {}
            for resource in self._by_path.values():
                found.setdefault(resource.storage_key, []).append(resource)
            self._sharing = {key: tuple(each) for key, each in found.items()}
        return self._sharing.get(storage_key, ())

    def groups(self) -> list[str]:
        """Return the groups, in the order of discovery."""
        return list(self._versions)

    def versions(self, group: str) -> list[str]:
        """Return the versions of `group`, the preferred one first; empty if the group is not served."""
        return list(self._versions.get(group, ()))

    def resources(self, group: str, version: str) -> list[Resource]:
        """Return the resources of one version of a group."""
        return [each for each in self._by_path.values() if each.group == group and each.version == version]
