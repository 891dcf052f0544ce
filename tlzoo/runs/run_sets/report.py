"""Report of a run set: one HTML page for all runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tlzoo.files.atomic import write_text
from tlzoo.runs.run_sets.folder import RunSetFolder

__all__ = ["metric_text", "set_notes", "write_set_report"]

_FEW = 5
"""Fewer runs estimate the spread badly."""


def write_set_report(folder: RunSetFolder, result: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    """Write the report of a finished set, given its ``result.json``, and the titles of the metrics by name."""
    from markupsafe import Markup

    from tlzoo.evaluation.interval_plot import RunValues, interval_plot
    from tlzoo.evaluation.page import environment

    rows, drawn = [], []
    for name, unit in result["units"].items():
        title, interval = titles.get(name, name.replace("_", " ")), result["interval"][name]
        shown = "undefined" if interval is None else " to ".join(metric_text(end, unit) for end in interval)
        spread, mean = (metric_text(result[key][name], unit) for key in ("spread", "mean"))
        rows.append({"name": title, "mean": mean, "spread": spread, "interval": shown})
        if result["mean"][name] is not None:
            values = [each["test"][name] for each in result["runs"]]
            drawn.append(RunValues(title, unit, values, result["mean"][name], interval and tuple(interval)))
    runs = [
        {
            "name": each["seed"] if result["seeds"] is not None else each["fold"],
            "test": [metric_text(each["test"].get(name), unit) for name, unit in result["units"].items()],
            "train": each["examples"].get("train", "-"),
            "tested": each["examples"].get("test", "-"),
            "seconds": each["seconds"],
        }
        for each in result["runs"]
    ]
    page = environment().get_template("run_set.html.jinja")
    text = page.render(
        result=result,
        created=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        count=len(runs),
        what="seeds" if result["seeds"] is not None else "folds",
        rows=rows,
        runs=runs,
        plot=Markup(interval_plot(drawn)),  # noqa: S704 - an SVG of tlzoo
        notes=list(set_notes(result)),
    )
    write_text(folder.report, text)


def set_notes(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the interval of a set covers."""
    if result["seeds"] is None:
        yield (
            "The interval has the correction of Nadeau & Bengio (2003) for folds, because they share training samples."
        )
    elif result["test_split"] is None:
        yield "The interval is that of the mean over other seeds of the same training."
    elif result["test_split"] == "drawn":
        yield (
            "The seed changes the splits, the initial head and the order of samples. The interval is that of the mean "
            "over other seeds on these data, not on new data."
        )
    else:
        yield (
            "All runs have the same test split. The seed changes the other splits, the initial head and the order of "
            "samples. The interval is that of the mean over other seeds on this test split, not on new data."
        )
    if len(result["runs"]) < _FEW:
        yield f"With {len(result['runs'])} runs, the interval is wide; use five or more."


def metric_text(value: float | None, unit: str) -> str:
    """Return a metric as text: a share in percent with one decimal, other numbers with four digits."""
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if unit == "share" else f"{value:.4g}"
