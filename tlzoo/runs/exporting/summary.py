"""``export.json`` and ``export.svg``: measurements of all files that were exported into one folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tlzoo.artifacts.formats.documents import read_json
from tlzoo.errors import UsageError
from tlzoo.files.atomic import write_text
from tlzoo.runs.exporting.write_format import format_folder

__all__ = ["add_to_summary", "read_summary", "summary_plot"]

_TABLE, _PLOT = "export.json", "export.svg"


class _Record(BaseModel):
    """The fields of a record that the plot needs; the others are copied."""

    model_config = ConfigDict(strict=True, extra="allow")

    format: str
    bytes: int
    milliseconds: float | None
    accuracy: float | None
    difference: float | None


def read_summary(folder: Path) -> list[dict[str, Any]]:
    """Return the measurements of the formats that are still in a folder.

    Raises:
        UsageError: If its ``export.json`` was not written by tlzoo.
    """
    path = folder / _TABLE
    try:
        records: list[dict[str, Any]] = read_json(path)
        TypeAdapter(list[_Record]).validate_python(records)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except ValidationError as error:
        raise UsageError(f"{path} is not a table of exports", "remove it, or choose another folder") from error
    return [each for each in records if (folder / format_folder(each["format"])).is_dir()]


def add_to_summary(folder: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Add measurements to ``export.json``, and draw the plot of all formats in the folder.

    A format that is exported again replaces its earlier measurements.
    """
    new = {each["format"] for each in records}
    everything = [*(each for each in read_summary(folder) if each["format"] not in new), *records]
    write_text(folder / _TABLE, json.dumps(everything, indent=1) + "\n")
    if plot := summary_plot(everything):
        write_text(folder / _PLOT, plot)


def summary_plot(records: Sequence[Mapping[str, Any]]) -> str:
    """Return an SVG of accuracy, or of the largest difference, over milliseconds and bytes; empty for one file."""
    from tlzoo.evaluation.cost_plot import cost_plot

    timed = [each for each in records if each["milliseconds"] is not None]
    what = "accuracy" if all(each["accuracy"] is not None for each in timed) else "difference"
    points = [(each["format"], each[what], each["milliseconds"], each["bytes"]) for each in timed]
    return cost_plot(points, "accuracy" if what == "accuracy" else "largest difference")
