"""Manifests as people write them pass, and completing an object twice changes nothing the second time."""

import copy
from pathlib import Path

import pytest
import yaml

from kubewheel.api import resources

FILES = sorted((Path(__file__).parent / "manifests").glob("*.yaml"))


def documents():
    for file in FILES:
        for index, document in enumerate(yaml.safe_load_all(file.read_text())):
            yield pytest.param(document, id=f"{file.stem}-{index}")


DOCUMENTS = list(documents())


class ReadOnly(dict):
    """A mapping that refuses every change."""

    def _refuse(self, *_args, **_kwargs):
        raise AssertionError("a stored object was changed")

    __setitem__ = __delitem__ = update = clear = popitem = _refuse

    def setdefault(self, key, default=None):
        return self[key] if key in self else self._refuse()

    def pop(self, key, default=None):
        return self._refuse() if key in self else default


def frozen(value):
    if isinstance(value, dict):
        return ReadOnly({key: frozen(item) for key, item in value.items()})
    return [frozen(item) for item in value] if isinstance(value, list) else value


def created(document):
    behaviour = resources.load_behaviour("", document["kind"])
    obj = copy.deepcopy(document)
    behaviour.prepare_create(obj)
    behaviour.default(obj)
    return behaviour, obj


@pytest.mark.parametrize("document", DOCUMENTS)
def test_manifest(document):
    behaviour, obj = created(document)
    assert [str(fault) for fault in behaviour.validate(obj)] == []
    assert behaviour.validate_name is None or behaviour.validate_name(obj["metadata"]["name"]) == []
    assert behaviour.row is None or len(behaviour.row(obj, 0)) == len(behaviour.columns)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_defaults_settle(document):
    behaviour, obj = created(document)
    again = frozen(obj)
    behaviour.default(again)
    assert again == obj


@pytest.mark.parametrize("document", DOCUMENTS)
def test_sending_the_manifest_again_is_no_fault(document):
    behaviour, old = created(document)
    old["metadata"]["resourceVersion"] = "1"
    new = copy.deepcopy(document)
    new["metadata"]["resourceVersion"] = "1"
    behaviour.prepare_update(new, frozen(old))
    behaviour.default(new)
    assert [str(fault) for fault in [*behaviour.validate(new), *behaviour.validate_update(new, old)]] == []
