"""The metric that says which deprecated versions were asked for, so that nobody has to guess who still uses them."""

from collections.abc import Iterable, Iterator

from kubewheel.api.registry import Registry

REQUESTED = "apiserver_requested_deprecated_apis"
Asked = tuple[str, str, str, str]
"""Group, version, resource, subresource."""


def lines(asked: Iterable[Asked], registry: Registry) -> Iterator[str]:
    """Yield a line for each deprecated version among what was `asked` for."""
    yield f"# HELP {REQUESTED} Deprecated versions that were asked for, with the release that removed them."
    yield f"# TYPE {REQUESTED} gauge"
    for group, version, plural, subresource in sorted(set(asked)):
        resource = registry.lookup(group, version, plural)
        if resource is not None and (resource.retired is not None or resource.deprecated):
            removed = resource.retired.removed if resource.retired is not None else ""
            yield (
                f'{REQUESTED}{{group="{group}",removed_release="{removed}",resource="{plural}",'
                f'subresource="{subresource}",version="{version}"}} 1'
            )
