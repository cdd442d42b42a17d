"""Runs the admission plugins in the order of stage and weight."""

import importlib
import pkgutil
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.apiserver.admission_settings import AdmissionSettings

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend
    from kubewheel.apiserver.settings import ApiServerSettings

INFRASTRUCTURE = frozenset({"chain", "matching", "plugin", "shortlist"})

PRESETS = "PodPreset"  # Acts for a kind that upstream serves no more, and that is served for it only.


def discover(settings: AdmissionSettings | None = None) -> list[Plugin]:
    """Return the plugins of this folder; one that acts in both stages is there twice, under one name."""
    from kubewheel.apiserver import admission

    names = [module.name for module in pkgutil.iter_modules(admission.__path__) if module.name not in INFRASTRUCTURE]
    modules = [importlib.import_module(f"{admission.__name__}.{name}") for name in sorted(names)]
    found = [module.PLUGIN for module in modules if hasattr(module, "PLUGIN")]
    found += [plugin for module in modules for plugin in getattr(module, "PLUGINS", ())]
    makers = [module.make for module in modules if hasattr(module, "make")]  # Of plugins that remember something.
    return found + [plugin for make in makers for plugin in make(settings or AdmissionSettings())]


def select(plugins: Sequence[Plugin], enabled: Collection[str], disabled: Collection[str]) -> list[Plugin]:
    """Return the plugins to run; raise ValueError for a name that no plugin has."""
    known = names(plugins)
    for name in (*enabled, *disabled):
        if name not in known:
            raise ValueError(f"unknown admission plugin {name!r}; known are {', '.join(known)}")
    both = sorted(set(enabled) & set(disabled))
    if both:
        raise ValueError(f"admission plugin {both[0]!r} cannot be both enabled and disabled")
    return [
        plugin for plugin in plugins
        if plugin.name in enabled or (plugin.enabled and plugin.name not in disabled)
    ]


def chosen(settings: "ApiServerSettings") -> list[Plugin]:
    """Return the plugins that the settings ask for; raise ValueError for a name that no plugin has."""
    disabled = settings.disabled_admission
    if not settings.retired_apis and PRESETS not in settings.enabled_admission:
        disabled = (*disabled, PRESETS)
    return select(discover(settings.admission), settings.enabled_admission, disabled)


def names(plugins: Sequence[Plugin]) -> list[str]:
    """Return the names by which plugins are switched on and off."""
    return sorted({plugin.name for plugin in plugins if not plugin.is_internal})


class Chain:
    """An ordered set of plugins."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._plugins = sorted(plugins, key=lambda plugin: (plugin.stage, plugin.weight, plugin.name))
        self._chosen: dict[tuple[Stage, Operations, str], tuple[Plugin, ...]] = {}

    async def run(self, stage: Stage, matter: Matter, backend: "Backend") -> None:
        """Let each plugin of `stage` that cares decide; the first refusal ends it.

        What plugins from outside have changed, the plugins of stage MUTATE see once more.
        """
        question = (stage, matter.operation, matter.resource.storage_key)
        plugins = self._chosen.get(question)
        if plugins is None:
            plugins = self._chosen[question] = self._choose(*question)
        for plugin in plugins:
            await plugin.admit(matter, backend)
        if stage is Stage.MUTATE and matter.rounds.wants_another:
            matter.rounds.is_second = True
            for plugin in plugins:
                await plugin.admit(matter, backend)

    def _choose(self, stage: Stage, operation: Operations, resource: str) -> tuple[Plugin, ...]:
        return tuple(
            plugin for plugin in self._plugins
            if plugin.stage is stage and operation in plugin.operations
            and (not plugin.resources or resource in plugin.resources)
        )
