"""Files in upstream's formats: types of fields, and what has no effect."""

from pathlib import Path

import pytest

from kubewheel.launch.alone import config_file
from kubewheel.launch.alone.config_file import ConfigFile
from kubewheel.launch.settings import Unfit

FILE = ConfigFile(Path("/etc/node/config.yaml"), {})


def _load(folder: Path, text: str) -> ConfigFile:
    path = folder / "config.yaml"
    path.write_text(text)
    return config_file.load(path, "x/v1", "Config")


def test_fields_are_known_by_their_paths(tmp_path):
    found = _load(tmp_path, "apiVersion: x/v1\nkind: Config\na: {b: {c: 1}, d: []}\nsystemReserved: {cpu: 1}\n")
    assert found.fields == {"a.b.c": 1, "a.d": [], "systemReserved": {"cpu": 1}}


@pytest.mark.parametrize("text", [
    pytest.param("apiVersion: x/v2\nkind: Config\n", id="version"),
    pytest.param("apiVersion: x/v1\nkind: Other\n", id="kind"),
    pytest.param("- 1\n", id="no-mapping"),
    pytest.param("a: [", id="no-yaml"),
])
def test_other_files_are_refused(tmp_path, text):
    with pytest.raises(Unfit, match=r"config\.yaml"):
        _load(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Unfit, match=r"cannot read .*nothing\.yaml"):
        config_file.load(tmp_path / "nothing.yaml", "x/v1", "Config")


@pytest.mark.parametrize(("as_type", "value", "expected"), [
    pytest.param(config_file.duration, "15m", 900.0, id="minutes"),
    pytest.param(config_file.duration, "1h2m3.5s", 3723.5, id="mixed"),
    pytest.param(config_file.duration, "250ms", 0.25, id="milliseconds"),
    pytest.param(config_file.duration, "0", 0.0, id="zero"),
    pytest.param(config_file.size, "10Mi", 10 << 20, id="size"),
    pytest.param(config_file.texts, ["a", "b"], ("a", "b"), id="texts"),
    pytest.param(config_file.file_name, "ca.crt", Path("/etc/node/ca.crt"), id="relative"),
    pytest.param(config_file.file_name, "/ca.crt", Path("/ca.crt"), id="absolute"),
    pytest.param(config_file.flag, False, False, id="flag"),
    pytest.param(config_file.quantities, {"cpu": 1}, {"cpu": "1"}, id="quantities"),
])
def test_types(as_type, value, expected):
    assert as_type(FILE, value) == expected


@pytest.mark.parametrize(("as_type", "value"), [
    pytest.param(config_file.duration, "15", id="no-unit"),
    pytest.param(config_file.duration, 15, id="no-text"),
    pytest.param(config_file.number, "1", id="text-for-number"),
    pytest.param(config_file.number, True, id="flag-for-number"),
    pytest.param(config_file.flag, "true", id="text-for-flag"),
    pytest.param(config_file.texts, "a", id="text-for-list"),
    pytest.param(config_file.size, "much", id="no-size"),
])
def test_a_wrong_type_names_the_field(as_type, value):
    with pytest.raises(Unfit, match=r"config\.yaml: field: "):
        ConfigFile(FILE.path, {"field": value}).read("field", as_type, None)


def test_what_has_no_effect_is_named():
    fields = {"honoured": 1, "sameAnyway": False, "unlike": "x", "unknown": 5, "empty": ""}
    found = list(ConfigFile(Path("f"), fields).warnings({"honoured": None}, {"sameAnyway": False, "unlike": "y"}))
    assert found == [
        "f: unlike: 'x' is not supported and has no effect; it is as if it were 'y'",
        "f: unknown: 5 is not supported and has no effect",
    ]
