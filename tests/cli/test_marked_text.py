"""Texts with marked spans in the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlzoo.cli.marked_text import print_marked

SPAN = {"start": 0, "end": 3, "label": "PER", "text": "Ana", "probability": 0.5}


def test_a_text_that_is_also_a_file_name_is_shown_as_a_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Ana b").touch()
    print_marked([{"input": "Ana b", "spans": [SPAN], "read_to": 5}])
    shown = capsys.readouterr()
    assert shown.out.replace("\u00a0", " ").strip() == "Ana [PER 50.0 %] b"
    assert not shown.err


def test_the_end_of_reading_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    print_marked([{"input": "Ana met Bob", "spans": [SPAN], "read_to": 7}])
    shown = capsys.readouterr()
    assert "] met [not read after character 7] Bob" in shown.out
    assert "1 text was not read to the end" in shown.err
    assert "--sequence-length" in shown.err
