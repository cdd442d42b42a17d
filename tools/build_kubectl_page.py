"""Writes docs/kubectl.md: what every sub-command of kubectl prints, from a run against a simulated cluster.

Usage: python tools/build_kubectl_page.py
What is run stands in tests/component/kubectl/surface.yaml; the tests run the same, and compare the page with it.
"""

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "kubectl.md"
HEAD = """# kubectl

What the sub-commands of kubectl 1.37 print: `tools/build_kubectl_page.py` ran them against a cluster with two simulated
nodes, chapter by chapter, and noted the first lines of each answer. The tests run the same commands and say what each
must show (`tests/component/kubectl/surface.yaml`). `NAMESPACE` stands for the chapter's own namespace.
"""
LONGEST, LINES = 100, 2
ROW = re.compile(r"^\| `+ ?(.+?) ?`+ \| (.*) \|$")
# What differs from run to run and says nothing.
VARYING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"), (re.compile(r"ey[\w-]{20,}(\.[\w-]+)*"), "ey…"),
    (re.compile(rf"{tempfile.gettempdir()}/[\w./-]+"), "…"),
)


def cell(text: str) -> str:
    """Return a text as code within a table."""
    mark = "``" if "`" in text else "`"
    return f"{mark}{' ' if mark == '``' else ''}{text}{' ' if mark == '``' else ''}{mark}".replace("|", "\\|")


def shortened(printed: str) -> str:
    """Return the first lines of what a command printed."""
    for pattern, word in VARYING:
        printed = pattern.sub(word, printed)
    lines = [re.sub(r"\s+", " ", line).strip() for line in printed.splitlines() if line.strip()]
    if not lines:
        return "(nothing)"
    shown = [cell(line[:LONGEST] + ("…" if len(line) > LONGEST else "")) for line in lines[:LINES]]
    return "<br>".join([*shown, *(["…"] if len(lines) > LINES else [])])


def read(page: str) -> dict[tuple[str, int, str], str]:
    """Return what the page shows: (chapter, number, command) -> what it printed."""
    found: dict[tuple[str, int, str], str] = {}
    title, number = "", 0
    for line in page.splitlines():
        if line.startswith("## "):
            title, number = line[3:], 0
        elif match := ROW.match(line):
            found[title, number, match[1].replace("\\|", "|").removeprefix("kubectl ")] = match[2]
            number += 1
    return found


def build() -> str:
    """Run everything and return the page."""
    from kubewheel.testing import SyncCluster
    from tests.component.kubectl import surface
    from tests.component.kubectl.support import Tool, kubectl_program

    parts = [HEAD]
    with SyncCluster(nodes=2, clock="real") as cluster:
        for chapter in surface.chapters():
            parts.append(f"\n## {chapter.title}\n\n| command | prints |\n|---|---|\n")
            with tempfile.TemporaryDirectory() as folder:
                tool = Tool(kubectl_program(), Path(cluster.kubeconfig), Path(folder))
                for step, done in surface.Player(tool, Path(folder)).play(chapter):
                    if fault := step.fault(done, chapter.name):
                        raise SystemExit(f"kubectl {step.run}: {fault}")
                    printed = done.all.replace(chapter.name, surface.PLACEHOLDER)
                    parts.append(f"| {cell(f'kubectl {step.run}')} | {shortened(printed)} |\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(build())
    print(f"wrote {PAGE.name}")
