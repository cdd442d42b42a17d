"""Which admission plugins run, and in which order."""

import pytest

from kubewheel.apiserver.admission import chain
from kubewheel.apiserver.admission.plugin import Stage

NAMES = [
    "NamespaceLifecycle", "ServiceAccount", "TaintNodesByCondition", "Priority", "DefaultTolerationSeconds",
    "NodeRestriction", "RBACEscalation",
]


def test_discovered_in_order() -> None:
    found = sorted(chain.discover(), key=lambda plugin: (plugin.stage, plugin.weight, plugin.name))
    known = [plugin.name for plugin in found if plugin.name in NAMES]
    assert known == NAMES
    assert next(plugin for plugin in found if plugin.name == "NamespaceLifecycle").stage is Stage.MUTATE


def test_select() -> None:
    plugins = chain.discover()
    assert "Priority" not in [each.name for each in chain.select(plugins, (), ("Priority",))]
    with pytest.raises(ValueError, match="unknown admission plugin 'Nope'"):
        chain.select(plugins, ("Nope",), ())
