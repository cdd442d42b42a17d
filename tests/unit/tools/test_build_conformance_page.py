"""The page that says which conformance tests are proved, and what it is made from."""

import importlib.util
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[3] / "tools" / "build_conformance_page.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("build_conformance_page", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_page_is_current_and_each_mark_names_a_conformance_test(tool, capsys):
    assert tool.main(["--check"]) == 0, capsys.readouterr().err


def test_the_catalogue_is_whole(tool):
    entries = tool.read_catalogue()
    assert len({entry.name for entry in entries}) == len(entries) == 462
    assert {entry.chapter for entry in entries} == {
        "sig-api-machinery", "sig-apps", "sig-architecture", "sig-auth", "sig-cli", "sig-instrumentation",
        "sig-network", "sig-node", "sig-scheduling", "sig-storage",
    }


MODULE = """
conformance = pytest.mark.conformance
CASES = [pytest.param(1, marks=conformance("in a table"))]

@pytest.mark.conformance("a "
    "long name")
def test_one(): ...

@pytest.mark.parametrize("case", CASES)
async def test_table(case): ...

@pytest.mark.parametrize("case", [pytest.param(1, marks=[pytest.mark.conformance("in the decorator")])])
def test_inline(case): ...
"""


def test_marks_are_found_without_running_anything(tool):
    assert {(mark.name, mark.test) for mark in tool.marks_of(MODULE, "m.py")} == {
        ("a long name", "test_one"), ("in a table", "test_table"), ("in the decorator", "test_inline"),
    }


@pytest.fixture
def entries(tool):
    return [tool.Entry("[sig-a] x one", "One", "1.9", "x.go"), tool.Entry("[sig-a] x two", "Two", "1.9", "x.go"),
            tool.Entry("[sig-b] y", "Two", "1.9", "y.go")]


def test_a_name_or_a_title_of_one_test_only_will_do(tool, entries):
    known = tool.by_any_name(entries)
    assert known["One"] is known["[sig-a] x one"] is entries[0]
    assert "Two" not in known


@pytest.mark.parametrize(("marked", "gaps", "faults"), [
    pytest.param(["One"], [("[sig-a] x two", "r"), ("[sig-b]", "r")], [], id="all-said"),
    pytest.param(["Wrong"], [("[", "r")], ["m.py: test_x: no conformance test has the name 'Wrong'"], id="wrong-name"),
    pytest.param(["One", "[sig-b] y"], [], ["neither proved nor in gaps.toml: [sig-a] x two"], id="not-said"),
    pytest.param(["One", "[sig-a] x two"], [("[sig-a]", "r"), ("[sig-b]", "r")],
                 ["gaps.toml: nothing that is missing starts with '[sig-a]'"], id="stale"),
])
def test_what_is_wrong(tool, entries, marked, gaps, faults):
    assert tool.faults(entries, [tool.Mark(name, "m.py", "test_x") for name in marked], gaps) == faults


def test_the_longest_start_gives_the_reason(tool, entries):
    page = tool.page(entries, [tool.Mark("One", "tests/m.py", "test_x")], [("[", "all"), ("[sig-a] x", "some")])
    assert "| sig-a | 2 | 1 |" in page
    assert "[test_x](../tests/m.py)" in page
    assert "*not proved:* some" in page
    assert "*not proved:* all" in page
