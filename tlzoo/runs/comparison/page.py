"""Runs as one HTML page: a table that sorts and filters, learning curves, and paired differences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from tlzoo.errors import RunError, TlzooError, UsageError
from tlzoo.evaluation import headline
from tlzoo.evaluation.run_curves import RunCurve, run_colour, run_curves
from tlzoo.files.atomic import write_text
from tlzoo.process.memory import format_bytes
from tlzoo.runs.comparison.compare import compare_runs
from tlzoo.runs.comparison.costs import run_costs
from tlzoo.runs.comparison.curves import run_curve
from tlzoo.runs.comparison.pictures import SeenSample, seen_samples
from tlzoo.runs.results.run_task import DAMAGED, said

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.comparison.comparison import RunComparison
    from tlzoo.runs.run import Run

__all__ = ["check_page", "write_comparison_page", "write_runs_page"]

_PICTURES = 24
_FILTERS = ("data", "backbone", "strategy")


class _Row(NamedTuple):
    """A line of the table: ``values`` by column; ``error`` if the run cannot be read."""

    key: int
    run: Run
    values: dict[str, Any]
    error: str = ""


class _Part(NamedTuple):
    """A comparison of runs on the same test samples, with pictures of changed samples, or the reason for none."""

    found: RunComparison
    seen: Sequence[SeenSample]
    note: str = ""


def check_page(path: Path) -> None:
    """Raise UsageError if a page cannot be written to this path."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "give a file in it, such as runs.html")
    if not path.parent.is_dir():
        raise UsageError(f"no folder {str(path.parent)!r} for {path.name}", "create it, or choose another folder")


def write_comparison_page(path: Path, found: RunComparison, progress: Progress) -> None:
    """Write the page of a comparison, with pictures of the samples whose answers changed, atomically.

    If the data cannot be opened, a note says so instead of the pictures.
    """
    check_page(path)
    try:
        part = _Part(found, seen_samples(found, _PICTURES, progress))
    except TlzooError as error:
        part = _Part(found, [SeenSample(each) for each in found.changes.samples[:_PICTURES]], f"No pictures: {error}")
    write_text(path, _rendered([each.run for each in found.runs], [part]))


def write_runs_page(path: Path, runs: Sequence[Run], progress: Progress) -> None:
    """Write the page of any runs atomically. Runs with the same test samples are compared, without pictures."""
    check_page(path)
    if not runs:
        raise UsageError("there is no run for a page", "`tlzoo runs` lists the runs of a folder")
    parts = [
        _Part(each, [SeenSample(sample) for sample in each.changes.samples[:_PICTURES]])
        for each in _comparisons(runs, progress)
    ]
    write_text(path, _rendered(runs, parts))


def _comparisons(runs: Sequence[Run], progress: Progress) -> Iterator[RunComparison]:
    """Yield a comparison of each set of runs with the same task and test samples."""
    from tlzoo.runs.comparison.compared_run import open_run
    from tlzoo.runs.comparison.test_samples import same_samples

    groups: list[list[Any]] = []
    for run in runs:
        try:
            opened = open_run(run, "A")
        except (TlzooError, OSError, *DAMAGED):
            continue  # the table shows unreadable runs; runs without answers have only their figures
        own = next((each for each in groups if same_samples(each[0], opened)), None)
        if own is None:
            groups.append([opened])
        else:
            own.append(opened)
    for each in groups:
        if len(each) > 1:
            yield compare_runs([opened.run for opened in each], progress)


def _rendered(runs: Sequence[Run], parts: Sequence[_Part]) -> str:
    from tlzoo.evaluation.page import environment, page_script

    script, script_hash = page_script("sorting.js", "runs.js")
    rows = [_row(run, key) for key, run in enumerate(runs)]
    figures = list(dict.fromkeys(name for row in rows for name in row.values.get("figures", {})))
    curves = run_curves([curve for row in rows if not row.error and (curve := _curve(row.run, row.key)) is not None])
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
    try:
        result = run.result
        figures = headline(result.get("test", {}), result.get("task"))
        names = ("backbone", "data", "strategy", "head", "seed", "task")
        return _Row(key, run, {name: result.get(name, "") for name in names} | {"figures": figures} | run_costs(run))
    except RunError:
        return _Row(key, run, {}, "not finished")
    except (TlzooError, OSError, *DAMAGED) as error:
        return _Row(key, run, {}, said(error) if not isinstance(error, TlzooError) else str(error))


def _curve(run: Run, key: int) -> RunCurve | None:
    try:
        return run_curve(run, key)
    except (TlzooError, OSError, *DAMAGED):
        return None
