"""Resources: what the API serves under one path, as values."""

import base64
import hashlib
import importlib
import importlib.util
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kubewheel.api import kinds

if TYPE_CHECKING:
    from kubewheel.api.retired.retirement import Retirement

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
CHANGE_VERBS = ("get", "patch", "update")

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def group_version(group: str, version: str) -> str:
    """Return the `apiVersion` of a group and version."""
    return f"{group}/{version}" if group else version


def split_group_version(api_version: str) -> tuple[str, str]:
    """Return group and version of an `apiVersion`."""
    group, _, version = api_version.rpartition("/")
    return group, version


def module_name(kind: str) -> str:
    """Return the name of the file that describes `kind`: replica_set for ReplicaSet, csi_driver for CSIDriver."""
    return _WORD.sub("_", kind).lower()


@dataclass(frozen=True, slots=True)
class Subresource:
    """A path below an object. `kind`, `group` and `version` are of what travels through it."""

    name: str
    kind: str
    group: str
    version: str
    verbs: tuple[str, ...] = CHANGE_VERBS


@dataclass(frozen=True)
class Resource:
    """A collection of objects of one kind, in one version of one group.

    `storage_group` and `storage_version` say in which form the objects are stored; versions (and for Events, groups)
    that share their objects agree on it. `custom` replaces the behaviour that the package brings for the kind;
    `retired` says what became of a version that upstream serves no more; `deprecated` since when one that it still
    serves should not be used, and what to use.
    """

    group: str
    version: str
    plural: str
    singular: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[Subresource, ...] = ()
    storage_version: str = ""
    storage_group: str | None = None
    list_kind: str = ""
    custom: kinds.Kind | None = None
    retired: "Retirement | None" = None
    deprecated: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "storage_version", self.storage_version or self.version)
        object.__setattr__(self, "storage_group", self.group if self.storage_group is None else self.storage_group)
        object.__setattr__(self, "list_kind", self.list_kind or f"{self.kind}List")

    @cached_property
    def key(self) -> str:
        """`plural` or `plural.group`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @cached_property
    def storage_key(self) -> str:
        """The name under which the store keeps the objects; resources that share objects share it."""
        return f"{self.plural}.{self.storage_group}" if self.storage_group else self.plural

    @cached_property
    def api_version(self) -> str:
        """The `apiVersion` of the objects."""
        return group_version(self.group, self.version)

    @cached_property
    def storage_api_version(self) -> str:
        """The `apiVersion` of the objects as they are stored."""
        return group_version(self.storage_group or "", self.storage_version)

    @property
    def gvk(self) -> tuple[str, str, str]:
        """Group, version and kind."""
        return self.group, self.version, self.kind

    @cached_property
    def qualified_kind(self) -> str:
        """`Pod` or `Deployment.apps`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @cached_property
    def is_stored(self) -> bool:
        """Whether objects of this resource are kept; reviews and bindings only pass through."""
        return "get" in self.verbs and "create" in self.verbs

    @cached_property
    def storage_version_hash(self) -> str:
        """What discovery shows so that clients notice a change of the stored version."""
        text = f"{self.storage_group}/{self.storage_version}/{self.kind}"
        return base64.b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()

    @cached_property
    def behaviour(self) -> kinds.Kind:
        """What the package knows about the kind; the defaults for kinds without a file of their own."""
        if self.custom is not None:
            return self.custom
        if self.retired is not None and self.retired.successor is not None:
            return self.retired.behaviour(self.version, self.kind)
        return load_behaviour(self.group, self.kind)

    def subresource(self, name: str) -> Subresource | None:
        """Return the subresource called `name`."""
        return next((found for found in self.subresources if found.name == name), None)


def load_behaviour(group: str, kind: str) -> kinds.Kind:
    """Return KIND of api/<group>/<kind>.py, or the default behaviour when there is no such file."""
    package = f"kubewheel.api.{group.partition('.')[0] or 'core'}"
    name = f"{package}.{module_name(kind)}"
    if importlib.util.find_spec(package) is None or importlib.util.find_spec(name) is None:
        return kinds.Kind(group=group, kind=kind)
    found = importlib.import_module(name).KIND
    assert isinstance(found, kinds.Kind), f"{name}.KIND is no Kind"
    return found
