"""What verbs show while they work: nothing, bars, or a line an epoch; in terminals and in notebooks."""

from __future__ import annotations

import io
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from tlzoo.api.progress_display import Bars, Lines, NotebookBars, shown_progress
from tlzoo.errors import UsageError
from tlzoo.progress import EpochProgress, Silent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a notebook's cell shows, with IPython's three functions that are used."""
    shown: list[str] = []

    def display(content: str, *, display_id: bool) -> Any:
        assert display_id
        shown.append(content)
        place = len(shown) - 1
        return SimpleNamespace(update=lambda changed: shown.__setitem__(place, changed))

    package, displaying = ModuleType("IPython"), ModuleType("IPython.display")
    package.get_ipython = lambda: SimpleNamespace(kernel=True)  # type: ignore[attr-defined]
    displaying.HTML, displaying.display = str, display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", displaying)
    return shown


def test_auto_shows_bars_in_a_terminal_and_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(shown_progress(None)) is Silent
    assert isinstance(shown_progress(None, 1), Bars)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(shown_progress(None), Bars)
    assert type(shown_progress(None, 0)) is Silent
    assert type(shown_progress(None, verbose=False)) is Silent
    assert isinstance(shown_progress(None, 2), Lines)


def test_a_custom_progress_overrides_verbose() -> None:
    own = Silent()
    assert shown_progress(own, 2) is own


def test_other_values_are_refused() -> None:
    with pytest.raises(UsageError, match=r"verbose must be 0, 1, 2 or 'auto'; got 3; use 0"):
        shown_progress(None, 3)  # type: ignore[arg-type]


def test_two_writes_a_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown_progress(None, 2)
    assert isinstance(lines, EpochProgress)
    with lines.track("head", 3, "epochs") as advance:
        advance(1)
        lines.epoch("head", 1, {"loss": 0.123456, "val_loss": 2, "name": "x"})
    lines.note("done")
    assert capsys.readouterr().err == "head, epoch 1 - loss: 0.1235 - val_loss: 2\ndone\n"


def test_bars_name_the_work() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    bars = Bars(console)
    with bars.track("reading", 4, "images") as advance:
        advance(4)
    bars.note("done")
    assert "reading" in console.file.getvalue()  # type: ignore[attr-defined]
    assert "4/4" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_notebook_shows_bars_as_html_without_widgets(notebook: list[str]) -> None:
    bars = shown_progress(None)
    assert isinstance(bars, NotebookBars)
    with bars.track("head <1>", 3, "epochs") as advance:
        assert notebook == ['<div>head &lt;1&gt; <progress value="0" max="3"></progress> 0 of 3 epochs</div>']
        advance(1)
        bars.epoch("head", 1, {"loss": 0.5})
        advance(2)
    (shown,) = notebook
    assert '<progress value="3" max="3"></progress> 3 of 3 epochs loss: 0.5 - ' in shown
    bars.note("a < b")
    assert notebook[1] == "<div>a &lt; b</div>"
