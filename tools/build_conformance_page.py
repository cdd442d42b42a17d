"""Writes docs/conformance.md: which of our tests proves what which conformance test of Kubernetes asserts.

Usage: python tools/build_conformance_page.py [--check]
In: tools/conformance/catalogue.txt (the conformance tests), tools/conformance/gaps.toml (why some are not proved), and
the marker `@pytest.mark.conformance("<code name or title>")` of our tests, which is read from their source.
"""

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "conformance"
PAGE = ROOT / "docs/conformance.md"
MARKER = "conformance"
COMMAND = "python tools/build_conformance_page.py"
HEAD = """\
# Conformance

Kubernetes {release} names {total} tests that a conformant cluster passes. This page says which of our own tests proves
the same, and why the others are missing. Ours are written in Python and are run by `make test`; upstream's test program
is a Go binary and is not part of it. `{command}` writes this page from the marker
`conformance` of the tests.

| chapter | tests | proved |
|---|---:|---:|
{rows}
"""


@dataclass(frozen=True)
class Entry:
    """One conformance test of Kubernetes."""

    name: str
    title: str
    releases: str
    source: str

    @property
    def chapter(self) -> str:
        return self.name[1 : self.name.index("]")]

    @property
    def short_name(self) -> str:
        return self.name.partition("] ")[2]


@dataclass(frozen=True)
class Mark:
    """A place in our tests that names a conformance test."""

    name: str
    path: str
    test: str


def read_catalogue(path: Path = DATA / "catalogue.txt") -> Sequence[Entry]:
    """Return all conformance tests."""
    lines = path.read_text().splitlines()
    return [Entry(*line.split("\t")) for line in lines if line and not line.startswith("#")]


def read_gaps(path: Path = DATA / "gaps.toml") -> Sequence[tuple[str, str]]:
    """Return (start of code names, why they are not proved)."""
    gaps = tomllib.loads(path.read_text())["gap"]
    return [(name, gap["reason"]) for gap in gaps for name in gap["names"]]


def read_marks(root: Path = ROOT) -> Sequence[Mark]:
    """Return the marks of all tests below `root`/tests."""
    found: list[Mark] = []
    for path in sorted((root / "tests").rglob("*.py")):
        text = path.read_text()
        if f"{MARKER}(" in text:
            found += marks_of(text, path.relative_to(root).as_posix())
    return found


def marks_of(text: str, path: str) -> Iterator[Mark]:
    """Yield the marks in one module; those in a table belong to the tests that are run over it."""
    module = ast.parse(text)
    tests = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for test in tests:
        for decorator in test.decorator_list:
            yield from (Mark(name, path, test.name) for name in _named(decorator))
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and (names := list(_named(node))):
            users = [test.name for test in tests if _mentions(test, _target(node))]
            yield from (Mark(name, path, user) for name in names for user in users)


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node.func) == MARKER:
            yield from (str(part.value) for part in node.args if isinstance(part, ast.Constant))


def _called(function: ast.expr) -> str:
    """Return the last part of what is called; a module may give the marker a shorter name: `conformance`."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""


def _mentions(test: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name for each in test.decorator_list for node in ast.walk(each)
    )


def by_any_name(entries: Sequence[Entry]) -> Mapping[str, Entry]:
    """Return the entries by code name, and by title where only one has it."""
    titles = Counter(entry.title for entry in entries)
    return {entry.title: entry for entry in entries if titles[entry.title] == 1} | {
        entry.name: entry for entry in entries
    }


def faults(entries: Sequence[Entry], marks: Sequence[Mark], gaps: Sequence[tuple[str, str]]) -> Sequence[str]:
    """Return what is wrong with the marks and the reasons."""
    known = by_any_name(entries)
    proved = {known[mark.name] for mark in marks if mark.name in known}
    missing = [entry for entry in entries if entry not in proved]
    found = [f"{mark.path}: {mark.test}: no conformance test has the name {mark.name!r}"
             for mark in marks if mark.name not in known]
    found += [f"gaps.toml: nothing that is missing starts with {name!r}"
              for name, _ in gaps if not any(entry.name.startswith(name) for entry in missing)]
    found += [f"neither proved nor in gaps.toml: {entry.name}" for entry in missing if not _reason(entry, gaps)]
    return found


def _reason(entry: Entry, gaps: Sequence[tuple[str, str]]) -> str:
    """Return why an entry is missing; the longest start that fits says it."""
    fitting = [(len(name), reason) for name, reason in gaps if entry.name.startswith(name)]
    return max(fitting, default=(0, ""))[1]


def page(entries: Sequence[Entry], marks: Sequence[Mark], gaps: Sequence[tuple[str, str]]) -> str:
    """Return the page."""
    known = by_any_name(entries)
    proofs: dict[Entry, list[Mark]] = {}
    for mark in marks:
        if mark.name in known:
            proofs.setdefault(known[mark.name], []).append(mark)
    chapters = {entry.chapter: [each for each in entries if each.chapter == entry.chapter] for entry in entries}
    counts = [(chapter, len(found), sum(entry in proofs for entry in found)) for chapter, found in chapters.items()]
    counts.append(("all", len(entries), len(proofs)))
    rows = "\n".join(f"| {chapter} | {total} | {proved} |" for chapter, total, proved in counts)
    parts = [HEAD.format(release="1.37", total=len(entries), rows=rows, command=COMMAND)]
    parts += [_chapter(chapter, found, proofs, gaps) for chapter, found in chapters.items()]
    return "\n".join(parts)


def _chapter(
    chapter: str, entries: Sequence[Entry], proofs: Mapping[Entry, Sequence[Mark]], gaps: Sequence[tuple[str, str]],
) -> str:
    lines = [f"## {chapter}", "", "| conformance test | since | proved by |", "|---|---|---|"]
    for entry in entries:
        links = [f"[{mark.test}](../{mark.path})" for mark in dict.fromkeys(proofs.get(entry, []))]
        proof = ", ".join(links) or f"*not proved:* {_reason(entry, gaps)}"
        lines.append(f"| {entry.title}<br>`{entry.short_name.replace('`', '')}` | {entry.releases} | {proof} |")
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str]) -> int:
    """Write the page, or say whether it is current."""
    entries, marks, gaps = read_catalogue(), read_marks(), read_gaps()
    problems = list(faults(entries, marks, gaps))
    wanted = page(entries, marks, gaps)
    if "--check" not in arguments:
        PAGE.write_text(wanted)
    elif PAGE.read_text() != wanted:
        problems.append(f"{PAGE.name} is out of date: {COMMAND}")
    print("\n".join(problems), file=sys.stderr)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
