"""Help texts: descriptions of actions, choices of options, and width."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tlzoo.cli import main
from tlzoo.cli.commands import COMMANDS

ACTIONS = {"cache": 2, "data": 3, "plugins": 6, "registry": 3}


@pytest.fixture
def help_of(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that returns the help of a command in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def shown(*words: str) -> str:
        with pytest.raises(SystemExit, match=r"^0$"):
            main([*words, "--help"])
        return capsys.readouterr().out

    return shown


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_lines_above_the_examples_fit_80_columns(help_of: Callable[..., str], command: str) -> None:
    options, _, _ = help_of(*command.split()).partition("\nexample:")
    assert [line for line in options.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("command", ACTIONS)
def test_the_help_of_an_action_starts_with_its_summary(help_of: Callable[..., str], command: str) -> None:
    actions = re.findall(r"^    ([a-z]+) +(.*(?:\n {8,}.*)*)", help_of(command), re.MULTILINE)
    assert len(actions) == ACTIONS[command]
    for name, summary in actions:
        _, description, *_ = help_of(command, name).split("\n\n")
        words = " ".join(summary.split())
        assert " ".join(description.split()) == f"{words[0].upper()}{words[1:]}."


def test_an_option_with_many_choices_lists_them_in_its_help(help_of: Callable[..., str]) -> None:
    shown = " ".join(help_of("train").split())
    assert "[--balance METHOD]" in shown
    assert "choices: none, class-weights, oversample, undersample, focal, logit-adjust" in shown
