"""The zoo as one HTML page that can be sorted and filtered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from tlzoo.files.atomic import write_text
from tlzoo.files.output_file import check_file

from .cards import registered_sections
from .fields import FIELDS, Row
from .formatting import shown

__all__ = ["render_page", "write_page"]

COLUMNS = ("modality", "params", "flops", "top1", "size", "input", "features", "licence", "weights")
"""Columns next to the id."""

_NARROW = {"params", "top1"}
"""Columns on narrow screens."""
_TITLES = {"params": "Parameters", "flops": "FLOPs", "top1": "Top-1"}


def write_page(path: Path, rows: Sequence[Row], *, chosen_by: Iterable[str] = ()) -> None:
    """Write the page of these entries atomically.

    Args:
        path: The HTML file.
        rows: The entries, in the order of the page: what ``tlzoo.zoo.query`` returns.
        chosen_by: Selection conditions to show on the page, such as ``params < 10M``.

    Raises:
        UsageError: The path is a folder, or its folder does not exist.

    Example:
        >>> from tlzoo.zoo import query, write_page
        >>> write_page(Path("small.html"), query(where="params < 10M"))  # doctest: +SKIP
    """
    check_file(path, "zoo.html")
    write_text(path, render_page(rows, chosen_by=chosen_by))


def render_page(rows: Sequence[Row], *, chosen_by: Iterable[str] = (), local: bool = True) -> str:
    """Return the page. Without its script it shows every card; the script sorts, filters and folds the cards.

    ``local`` adds the column with the location of the weights, which differs between machines.
    """
    from tlzoo.evaluation.page import environment, page_script

    script, script_hash = page_script("sorting.js", "zoo.js")
    columns = [name for name in COLUMNS if local or name != "weights"]
    return (
        environment()
        .get_template("zoo.html.jinja")
        .render(
            entries=[_entry(row, columns) for row in rows],
            columns=[
                {
                    "title": _TITLES.get(name, name.capitalize()),
                    "is_number": FIELDS[name].is_number,
                    "is_optional": name not in _NARROW,
                    "descends": name == "top1",
                }
                for name in columns
            ],
            modalities=sorted({str(row.values["modality"]) for row in rows}),
            places=sorted({str(row.values["weights"]) for row in rows if "weights" in row.values}) if local else [],
            chosen_by=list(chosen_by),
            created=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
            script=script,
            script_hash=script_hash,
        )
    )


def _entry(row: Row, columns: Iterable[str]) -> dict[str, object]:
    values = [(FIELDS[name], FIELDS[name].of(row)) for name in columns]
    entry = row.entry
    words = (
        row.id,
        entry.summary,
        entry.licence,
        row.plugin,
        *entry.tags,
        entry.training.name if entry.training else "",
    )
    return {
        "id": row.id,
        "summary": entry.summary,
        "experimental": entry.experimental,
        "modality": row.values["modality"],
        "weights": row.values.get("weights", ""),
        "plugin": row.plugin,
        "words": " ".join(words).lower(),
        "cells": [
            {
                "value": "" if value is None else value,
                "text": shown(field, value),
                "is_number": field.is_number,
                "is_optional": field.name not in _NARROW,
            }
            for field, value in values
        ],
        "sections": registered_sections(entry),
    }
