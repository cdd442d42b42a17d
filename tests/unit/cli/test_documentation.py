"""Every command and option is in the documentation."""

import argparse
from pathlib import Path

from kubewheel.cli.main import parser

DOCUMENT = Path(__file__).parents[3] / "docs" / "commands.md"


def test_commands_and_options_are_documented():
    text = DOCUMENT.read_text()
    (commands,) = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    missing = []
    for name, command in commands.choices.items():
        if f"`kubewheel {name}" not in text:
            missing.append(name)
        for action in command._actions:
            missing += [f"{name} {option}" for option in action.option_strings
                        if option not in ("-h", "--help") and f"`{option}" not in text]
    assert missing == []
