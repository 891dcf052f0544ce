"""HTML page of the samples to label next: a contact sheet of pictures, or texts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.files.atomic import write_text
from tlzoo.zoo.inspection.examples import examples_of

if TYPE_CHECKING:
    from tlzoo.zoo.labelling.label_next import Choice
    from tlzoo.zoo.labelling.result import Candidate

__all__ = ["write_sheet"]


def write_sheet(path: Path, choice: Choice) -> None:
    """Write the page atomically, as one HTML document without external resources."""
    from tlzoo.evaluation.page import environment

    chosen = choice.found.samples
    page = (
        environment()
        .get_template("label_next.html.jinja")
        .render(
            found=choice.found,
            samples=examples_of(
                choice.pool, [each.index for each in chosen], list(map(_prediction, chosen)), list(map(_remark, chosen))
            ),
            created=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        )
    )
    write_text(path, page)


def _prediction(chosen: Candidate) -> str:
    probability = "" if chosen.probability is None else f" ({100 * chosen.probability:.0f} %)"
    return "" if chosen.predicted is None else f"predicted: {chosen.predicted}{probability}"


def _remark(chosen: Candidate) -> str:
    return "" if chosen.uncertainty is None else f"uncertainty {chosen.uncertainty:.2f}"
