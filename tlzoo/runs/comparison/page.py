"""Runs as one HTML page: a table that sorts and filters, learning curves, and paired differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from tlzoo.errors import TlzooError, UsageError
from tlzoo.evaluation.run_curves import RunCurve, run_colour, run_curves
from tlzoo.files.atomic import write_text
from tlzoo.files.output_file import check_file
from tlzoo.process.memory import format_bytes
from tlzoo.runs.comparison.compare import compare_runs
from tlzoo.runs.comparison.costs import run_costs
from tlzoo.runs.comparison.curves import run_curve
from tlzoo.runs.comparison.pictures import SeenSample, seen_samples
from tlzoo.runs.records import run_record, set_record
from tlzoo.runs.results.run_task import DAMAGED, said

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.comparison.comparison import RunComparison
    from tlzoo.runs.run import Run
    from tlzoo.runs.run_sets.result import RunSet

__all__ = ["write_comparison_page", "write_runs_page"]

_PICTURES = 24
_FILTERS = ("data", "backbone", "strategy")


class _Row(NamedTuple):
    """A line of the table: ``values`` by column; ``error`` if the run or run set cannot be read."""

    key: int
    path: Path
    values: Mapping[str, Any]
    curve: RunCurve | None = None
    error: str = ""
    is_set: bool = False


class _Part(NamedTuple):
    """A comparison of runs on the same test samples, with pictures of changed samples, or the reason for none."""

    found: RunComparison
    seen: Sequence[SeenSample]
    note: str = ""


def write_comparison_page(path: Path, found: RunComparison, progress: Progress) -> None:
    """Write the page of a comparison, with pictures of the samples whose answers changed, atomically.

    If the data cannot be opened, a note says so instead of the pictures.
    """
    check_file(path, "runs.html")
    try:
        part = _Part(found, seen_samples(found, _PICTURES, progress))
    except TlzooError as error:
        part = _Part(found, [SeenSample(each) for each in found.changes.samples[:_PICTURES]], f"No pictures: {error}")
    write_text(path, _rendered([each.run for each in found.runs], [part]))


def write_runs_page(path: Path, runs: Sequence[Run], progress: Progress, sets: Sequence[RunSet] = ()) -> None:
    """Write the page of any runs and run sets atomically.

    A set is one row, with means and intervals. Runs with the same test samples are compared, without pictures.
    """
    check_file(path, "runs.html")
    if not runs and not sets:
        raise UsageError("there is no run for a page", "`tlzoo runs` lists the runs of a folder")
    parts = [
        _Part(each, [SeenSample(sample) for sample in each.changes.samples[:_PICTURES]])
        for each in _comparisons(runs, progress)
    ]
    write_text(path, _rendered(runs, parts, sets))


def _comparisons(runs: Sequence[Run], progress: Progress) -> Iterator[RunComparison]:
    """Yield a comparison of each set of runs with the same task and test samples."""
    from tlzoo.runs.comparison.compared_run import open_run
    from tlzoo.runs.comparison.test_samples import samples_key

    groups: dict[Any, list[Run]] = {}
    for run in runs:
        try:
            opened = open_run(run, "A")
        except (TlzooError, OSError, *DAMAGED):
            continue  # the table shows unreadable runs; runs without answers have only their figures
        groups.setdefault(samples_key(opened), []).append(run)
    for each in groups.values():
        if len(each) > 1:
            yield compare_runs(each, progress)


def _rendered(runs: Sequence[Run], parts: Sequence[_Part], sets: Sequence[RunSet] = ()) -> str:
    from tlzoo.evaluation.page import environment, page_script

    script, script_hash = page_script("sorting.js", "runs.js")
    rows = [_row(run, key) for key, run in enumerate(runs)]
    rows += [_set_row(each, key) for key, each in enumerate(sets, len(rows))]
    figures = list(dict.fromkeys(name for row in rows for name in row.values.get("test", {})))
    curves = run_curves([row.curve for row in rows if row.curve is not None])
    letters = {str(each.run.path): each.letter for part in parts for each in part.found.runs} if len(parts) == 1 else {}
    return (
        environment()
        .get_template("runs.html.jinja")
        .render(
            rows=rows,
            figures=figures,
            letters=letters,
            filters=[
                (name, sorted({str(row.values[name]) for row in rows if row.values.get(name)})) for name in _FILTERS
            ],
            curves=[(title, Markup(svg)) for title, svg in curves],  # noqa: S704 - made by tlzoo, with escaped names
            colour=run_colour,
            parts=parts,
            size=format_bytes,
            created=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
            script=script,
            script_hash=script_hash,
        )
    )


def _row(run: Run, key: int) -> _Row:
    record = run_record(run)
    if not record["finished"]:
        return _Row(key, run.path, record, error=record.get("error", "not finished"))
    try:
        return _Row(key, run.path, record | run_costs(run), _curve(run, key))
    except (TlzooError, OSError, *DAMAGED) as error:
        return _Row(key, run.path, record, error=str(error) if isinstance(error, TlzooError) else said(error))


def _set_row(run_set: RunSet, key: int) -> _Row:
    record = set_record(run_set)
    error = "" if record["finished"] else record.get("error", "not finished")
    return _Row(key, run_set.path, record, error=error, is_set=True)


def _curve(run: Run, key: int) -> RunCurve | None:
    try:
        return run_curve(run, key)
    except (TlzooError, OSError, *DAMAGED):
        return None
