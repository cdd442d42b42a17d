"""Every sub-command of kubectl, as `surface.yaml` has them, and the page that shows what they print."""

import re
from pathlib import Path

import pytest
from tools.build_kubectl_page import PAGE, read

from tests.component.kubectl import surface
from tests.component.kubectl.support import Tool, kubectl_program

CHAPTERS = surface.chapters()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_chapter(kubectl: Tool, chapter: surface.Chapter, tmp_path: Path) -> None:
    faults = [
        f"kubectl {step.run}: {fault}" for step, done in surface.Player(kubectl, tmp_path).play(chapter)
        if (fault := step.fault(done, chapter.name))
    ]
    assert not faults, "\n".join(faults)


def test_every_sub_command_is_tried() -> None:
    commands = surface.sub_commands(kubectl_program())
    assert len(commands) > 70, "the help could not be read"
    runs = [step.run for chapter in CHAPTERS for step in chapter.steps]
    assert [each for each in commands if not any(surface.is_of(each, run) for run in runs)] == []


def test_page_shows_all_of_it() -> None:
    shown = read(PAGE.read_text())
    assert list(shown) == [
        (chapter.title, number, step.run) for chapter in CHAPTERS for number, step in enumerate(chapter.steps)
    ], "run tools/build_kubectl_page.py"
    assert not [run for (_, _, run), printed in shown.items() if re.search(r"panic|goroutine|Traceback", printed)]
