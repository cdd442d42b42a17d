"""Kinds as people name them: Pod, pods, po, Deployment, deploy, deployments.apps."""

from kubewheel.api.registry import Registry, Resource
from kubewheel.api.retired import EXTENSIONS


def resolve(registry: Registry, name: str) -> Resource:
    """Return the resource that `name` means; raise LookupError if none or several do."""
    try:
        return registry.by_kind(name)
    except KeyError:
        pass
    found = registry.by_key(name.lower())
    if found is not None:
        return found
    word, _, group = name.partition(".")
    matches = {
        each.key: registry.by_kind(each.qualified_kind) for each in registry
        if _is_called(each, word) and (each.group == group if group else each.group != EXTENSIONS)
    }
    # A kind of the core group wins over its namesakes, as it does for kubectl.
    best = [each for each in matches.values() if not each.group] or list(matches.values())
    if len(best) == 1:
        return best[0]
    if not best:
        raise LookupError(f"no kind is called {name!r}")
    raise LookupError(f"{name!r} may mean {', '.join(sorted(each.qualified_kind for each in best))}")


def _is_called(resource: Resource, word: str) -> bool:
    lower = word.lower()
    return lower in (resource.kind.lower(), resource.plural, resource.singular) or lower in resource.short_names
