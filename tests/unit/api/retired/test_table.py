"""The table of retired versions."""

from pathlib import Path

import pytest

from kubewheel.api import schema
from kubewheel.api.registry import Registry
from kubewheel.api.retired import EXTENSIONS, resources, table

BUILTIN = [*Registry.builtin()]
RETIRED = resources(BUILTIN)
SERVED = [each for each in RETIRED if each.retired.successor is not None]


def named(resource):
    return f"{resource.api_version}-{resource.kind}"


def test_every_row_has_its_successor():
    kinds = {(each.api_version, each.kind) for each in SERVED}
    assert kinds == {(row.api_version, kind) for row in table.ROWS for kind in row.kinds.split()}


@pytest.mark.parametrize("resource", SERVED, ids=named)
def test_row(resource):
    successor = resource.retired.successor
    assert (resource.plural, resource.namespaced, resource.verbs) == (
        successor.plural, successor.namespaced, successor.verbs,
    )
    assert resource.storage_key == successor.storage_key
    assert resource.storage_api_version == successor.storage_api_version
    assert not resource.short_names
    assert not resource.categories
    assert schema.load().type_of(*resource.gvk) is not None
    for below in resource.subresources:
        if below.name in ("status", "scale"):
            assert schema.load().type_of(below.group, below.version, below.kind) is not None


def test_preferred_versions_stay():
    registry = Registry(BUILTIN)
    before = {group: registry.versions(group)[0] for group in registry.groups()}
    registry.extend(RETIRED)
    assert {group: registry.versions(group)[0] for group in before} == before
    assert registry.groups()[-1] == EXTENSIONS
    assert registry.by_kind("Deployment.apps").version == "v1"


def test_pod_security_policies_are_refused():
    refused = [each for each in RETIRED if each.retired.refusal]
    assert [each.api_version for each in refused] == ["policy/v1beta1", "extensions/v1beta1"]
    assert not any(each.is_stored for each in refused)


def test_documentation_lists_every_version():
    text = (Path(__file__).parents[4] / "docs" / "commands.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for row in table.ROWS:
        group, _, version = row.api_version.rpartition("/")
        shown = [line for line in rows if line.startswith(f"| `{group}/v") and f"{version}`" in line]
        assert len(shown) == 1, row.api_version
        assert set(row.kinds.split()) <= set(shown[0].replace(",", " ").split()), row.api_version
