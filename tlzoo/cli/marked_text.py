"""Texts with marked spans in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tlzoo.cli.output import counted, note, render
from tlzoo.cli.results import percent

__all__ = ["print_marked"]

_COLOURS = ("blue", "dark_orange", "green", "magenta", "red", "cyan")


def print_marked(answers: Sequence[Mapping[str, Any]], *, quiet: bool = False) -> None:
    """Print the texts of predictions with their ``spans``: each is followed by its label and probability in brackets.

    Colours are added in a terminal. Where reading ended before the text does is marked, and a note names the option.
    """
    from rich.text import Text

    labels = list(dict.fromkeys(span["label"] for each in answers for span in each["spans"]))
    cut = 0
    for each in answers:
        shown, at = Text(), 0
        for span in each["spans"]:
            colour = _COLOURS[labels.index(span["label"]) % len(_COLOURS)]
            shown.append(each["input"][at : span["start"]])
            shown.append(each["input"][span["start"] : span["end"]], style=f"bold {colour}")
            shown.append(f" [{_label(span)}]", style=colour)
            at = span["end"]
        end = each.get("read_to", len(each["input"]))
        if each["input"][end:].strip():
            shown.append(each["input"][at:end])
            shown.append(f" [not read after character {end}]", style="bold red")
            shown.append(each["input"][end:], style="dim")
            cut += 1
        else:
            shown.append(each["input"][at:])
        render(shown)
    if cut:
        texts = counted(cut, "text was", "texts were")
        note(
            f"{texts} not read to the end, so spans may be missing; train with a larger --sequence-length", quiet=quiet
        )


def _label(span: Mapping[str, Any]) -> str:
    return f"{span['label']} {percent(span['probability'])}"
