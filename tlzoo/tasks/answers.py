"""Forms of predictions for reports and files, and doubts about labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["AnswerFile", "DescribedAnswer", "Doubt", "TextPiece"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A likely wrong label: its row, the label of its neighbours, and a doubt of 0 to 1 or more."""

    row: int
    suggested: Any
    amount: float


@dataclass(frozen=True, slots=True)
class DescribedAnswer:
    """A prediction for a report.

    ``probability`` is that of ``label``, or None. ``judged`` is False if a prediction is neither right nor wrong, as
    for a number.
    """

    label: str
    probability: float | None = None
    judged: bool = True


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A part of a text for a report. With a ``label`` it is marked.

    ``number`` selects its colour, the same for equal labels; ``is_right`` is False for a wrong or missed mark.
    """

    text: str
    label: str = ""
    number: int = 0
    is_right: bool = True


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A prediction as a file, such as a mask: ``suffix`` with its dot, and ``content``."""

    suffix: str
    content: bytes
