"""The command line: rows by number, table, JSON and chart; a row that fails or cannot run is told, and others go on."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kubewheel.bench import command, rows
from kubewheel.bench.clusters import Bench
from kubewheel.bench.row import Figure, Row, Skipped
from kubewheel.bench.rows import p13_simulated

DOCUMENT = Path(__file__).parents[3] / "docs" / "commands.md"


async def good(bench: Bench) -> list[Figure]:
    return [Figure("n", sum(bench.nodes) or 2.0, "/s", 1.0)]


async def bad(bench: Bench) -> list[Figure]:
    raise RuntimeError("no luck")


async def absent(bench: Bench) -> list[Figure]:
    raise Skipped("needs luck")


@pytest.fixture
def package(tmp_path, monkeypatch) -> ModuleType:
    """A package with a row that works, one that fails and one that cannot run."""
    found = ModuleType("some_rows")
    found.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "some_rows", found)
    for number, measure in enumerate((good, bad, absent), 1):
        (tmp_path / f"{measure.__name__}.py").write_text("")
        module = ModuleType(f"some_rows.{measure.__name__}")
        module.__doc__ = f"what is {measure.__name__}\n"
        module.ROW = Row((f"P{number}",), "aim", measure)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return found


def test_table_and_files(package, tmp_path, capsys):
    paths = tmp_path / "f.json", tmp_path / "f.svg"
    assert command.main("bench", [package], ["--json", str(paths[0]), "--svg", str(paths[1])]) == 1
    out = capsys.readouterr().out
    for part in ("P1      what is good\n", "n 2/s (2.0x the anchor)", "FAILED: RuntimeError: no luck",
                 "not measured: needs luck", "compared with"):
        assert part in out
    report = json.loads(paths[0].read_text())
    assert [each["error"] for each in report["results"]] == ["", "RuntimeError: no luck", ""]
    assert report["results"][0]["figures"][0]["ratio"] == 2.0
    assert paths[1].read_text().startswith("<svg")


def test_chosen_rows_only(package, capsys):
    assert command.main("bench", [package], ["p1", "--nodes", "3,4"]) == 0
    out = capsys.readouterr().out
    assert "n 7/s" in out
    assert "what is bad" not in out


def test_unknown_rows_are_refused(package, capsys):
    assert command.main("bench", [package], ["P9"]) == 2
    assert "there is no row P9; there are P1, P2, P3" in capsys.readouterr().out


def test_rows_of_the_package_are_whole():
    found = command.find([rows])
    assert [number for row in found for number in row.numbers] == [
        "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P11", "P12", "P13", "P16",
    ]
    assert all(row.work and row.aim for row in found)


def test_options_are_documented():
    text = DOCUMENT.read_text()
    options = [name for action in command._parser("bench")._actions for name in action.option_strings]
    assert [name for name in options if name not in ("-h", "--help") and f"`{name} " not in text] == []


@pytest.mark.parametrize("sizes", ["abc", "10,-5", "0", "", "10,"])
def test_sizes_are_numbers(package, sizes, capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main("bench", [package], ["--nodes", sizes])
    assert "is no list of numbers above 0" in capsys.readouterr().err


def test_files_that_cannot_be_written_are_told_first(package, tmp_path, capsys):
    for path, told in ((tmp_path / "no" / "f.svg", "not writable"), (tmp_path, "it is a directory")):
        assert command.main("bench", [package], ["--svg", str(path)]) == 2
        assert told in capsys.readouterr().out


def test_all_pods_are_shared_out():
    assert p13_simulated.shares(200) == [200]
    assert p13_simulated.shares(1100) == [500, 500, 100]
    assert p13_simulated.shares(1000) == [500, 500]
