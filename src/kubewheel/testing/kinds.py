"""Kinds as people name them: Pod, pods, po, Deployment, deploy, deployments.apps."""

import difflib

from kubewheel.api.registry import Registry, Resource
from kubewheel.api.retired import EXTENSIONS

__tracebackhide__ = True  # See `thread`.


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
        known = {each.kind.lower(): each.kind for each in registry}
        close = difflib.get_close_matches(name.lower(), known, 1)
        hint = f"; did you mean {known[close[0]]!r}?" if close else ""
        raise LookupError(f"no kind is called {name!r}{hint}")
    raise LookupError(f"{name!r} may mean {', '.join(sorted(each.qualified_kind for each in best))}")


def check_pattern(registry: Registry, pattern: str) -> None:
    """Raise LookupError when `pattern` (`pods`, `pods/status`, `deployments.apps`, `*`) can mean no resource."""
    for word in pattern.split(","):
        name = word.partition("/")[0]
        if set(name) & set("*?["):
            continue
        plural, _, group = name.partition(".")
        if not any(each.plural == plural and group in ("", each.group) for each in registry):
            raise LookupError(f"no resource is called {name!r}{_hint(registry, name)}")


def _hint(registry: Registry, name: str) -> str:
    try:
        return f"; did you mean {resolve(registry, name).plural!r}?"
    except LookupError:
        close = difflib.get_close_matches(name, [each.plural for each in registry], 1)
        return f"; did you mean {close[0]!r}?" if close else "; define custom resources first"


def _is_called(resource: Resource, word: str) -> bool:
    lower = word.lower()
    return lower in (resource.kind.lower(), resource.plural, resource.singular) or lower in resource.short_names
