"""The object of a request in the version that a webhook asks for, and what a webhook made of it back in ours."""

from typing import TYPE_CHECKING, Any

from kubewheel.api import convert
from kubewheel.api.custom import kind as custom_kinds
from kubewheel.api.decode import Expected
from kubewheel.api.objects import copy
from kubewheel.api.registry import Resource
from kubewheel.apiserver.admission import matching
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.libs.wire import Object

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


class Forms:
    """Converts the objects of one matter."""

    def __init__(self, matter: Matter, backend: "Backend") -> None:
        self._matter = matter
        self._backend = backend
        # What travels through some subresources has a kind of its own, which has but one version.
        self._is_foreign = matching.kind_of(matter.resource, matter.subresource) != matter.resource.gvk
        self._old: dict[str, Object] = {}

    async def new(self, target: Resource) -> Object | None:
        """Return the object as it is by now."""
        content = self._matter.content
        return None if content is None else await self._shown(content, target)

    async def old(self, target: Resource) -> Object | None:
        """Return the object as it was before the request."""
        old = self._matter.old
        if old is None:
            return None
        if target.api_version not in self._old:
            self._old[target.api_version] = await self._shown(old, target)
        return self._old[target.api_version]

    async def _shown(self, content: Object, target: Resource) -> Object:
        source = self._matter.resource
        if self._is_foreign:
            return content
        kind = custom_kinds.of(source)
        if kind is None:
            is_stored = target.api_version == target.storage_api_version
            return content if is_stored else convert.from_stored(content, target)
        if target.api_version == content["apiVersion"]:
            return content
        return (await self._backend.custom.conversion.convert(kind, [copy(content)], target.api_version))[0]

    async def take(self, changed: dict[str, Any], source: Resource) -> None:
        """Put what a webhook made of the object in its place, with defaults for what it added."""
        content, resource = self._matter.content, self._matter.resource
        assert content is not None, "nothing to change"
        kind = custom_kinds.of(source)
        if self._is_foreign:
            taken = changed
        elif kind is None:
            taken = convert.to_stored(changed, source)
            resource.behaviour.default(taken)
        else:
            source.behaviour.default(changed)
            if changed["apiVersion"] != resource.api_version:
                changed = (await self._backend.custom.conversion.convert(kind, [changed], resource.api_version))[0]
            taken = changed
        content.clear()
        content.update(taken)

    def expected(self, target: Resource) -> Expected:
        """Return what the object must be after a webhook has changed it."""
        gvk = matching.kind_of(target, self._matter.subresource)
        kind = None if self._is_foreign else custom_kinds.of(target)
        return Expected(*gvk, is_custom=kind is not None, clean=kind.clean if kind is not None else None)
