"""Texts with marked spans in the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from tlzoo.cli.output import print_line, render
from tlzoo.cli.results import percent

__all__ = ["print_marked"]

_COLOURS = ("blue", "dark_orange", "green", "magenta", "red", "cyan")


def print_marked(answers: Sequence[Mapping[str, Any]]) -> None:
    """Print the texts of predictions with their ``spans``: each is followed by its label and probability in brackets.

    Colours are added in a terminal. Of a file, only the spans are printed.
    """
    from rich.text import Text

    labels = list(dict.fromkeys(span["label"] for each in answers for span in each["spans"]))
    for each in answers:
        if os.path.exists(each["input"]):  # noqa: PTH110 - False for a text that cannot be a path
            print_line(f"{each['input']}:")
            for span in each["spans"]:
                print_line(f"  {span['start']}-{span['end']}  {span['text']}  {_label(span)}")
            continue
        shown, at = Text(), 0
        for span in each["spans"]:
            colour = _COLOURS[labels.index(span["label"]) % len(_COLOURS)]
            shown.append(each["input"][at : span["start"]])
            shown.append(each["input"][span["start"] : span["end"]], style=f"bold {colour}")
            shown.append(f" [{_label(span)}]", style=colour)
            at = span["end"]
        shown.append(each["input"][at:])
        render(shown)


def _label(span: Mapping[str, Any]) -> str:
    return f"{span['label']} {percent(span['probability'])}"
