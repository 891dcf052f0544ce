"""The program ``python -m tlzoo_text.generation``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tlzoo.cli import main_of
from tlzoo_text.generation import command


def program(*words: str) -> int:
    return main_of("python -m tlzoo_text.generation", "write and use adapters", command, words)


@pytest.mark.parametrize("action", ["", "adapter", "export", "complete"])
def test_help_has_the_summary_of_an_action(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        program(*action.split(), "--help")
    assert done.value.code == 0
    expected = {"": "Write and use adapters.", "complete": "Complete prompts.", "export": "for KerasHub."}
    assert expected.get(action, "Write the adapter of a run.") in capsys.readouterr().out


def test_complete_continues_prompts_with_a_separator(
    zoo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tlzoo_text.generation.tokens import Codec

    given = []
    prompt = Codec.prompt
    monkeypatch.setattr(Codec, "prompt", lambda self, text: given.append(self.separator) or prompt(self, text))
    words = ("complete", "local/gpt2.tiny", "good 1", "--separator", ": ", "-P", "max_tokens=2", "--json", "--quiet")
    assert program(*words) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["input"] == "good 1"
    assert found["tokens"] <= 2
    assert given == [": "]
    assert program(*words, "--adapter", "none") == 2
    assert "an adapter has its own separator; leave out --separator" in capsys.readouterr().err
