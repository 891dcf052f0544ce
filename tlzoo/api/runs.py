"""Verbs on run folders: find, open, resume, evaluate, predict with and publish them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tlzoo
from tlzoo.api.observers import TrackerChoice, observers_of
from tlzoo.api.progress_display import Verbose, shown_progress
from tlzoo.errors import UsageError
from tlzoo.progress import Progress

if TYPE_CHECKING:
    import tlzoo.data
    import tlzoo.runs
    import tlzoo.zoo

__all__ = ["evaluate", "find_runs", "load_run", "predict", "publish", "resume"]


def resume(
    run: str | Path,
    *,
    data: tlzoo.data.DataLike | None = None,
    target: tlzoo.data.DataLike | None = None,
    target_test: tlzoo.data.DataLike | None = None,
    trust: Sequence[str] = (),
    callbacks: Sequence[Any] | None = None,
    tracker: TrackerChoice = None,
    verbose: Verbose = "auto",
    progress: Progress | None = None,
) -> tlzoo.runs.Run | tlzoo.runs.Tuning:
    """Go on with an interrupted run, or with an interrupted search (``tune``).

    Args:
        run: The folder of the run or of the search.
        data: The same data again, if they were in memory and this process does not have them. Other data are refused.
        target: The same, of the target of domain adaptation.
        target_test: The same, of the data that the target is tested on.
        trust: Runs whose code may be executed, as ``--trust`` does.
        callbacks: Keras callbacks, such as those that the run was started with. Finished phases are not repeated.
        tracker: Trackers in place of those that the run was started with; ``"none"`` for no tracker.
        verbose: 0 for no output, 1 for bars, 2 for a line an epoch; ``"auto"`` is 1 in a terminal or a notebook.
        progress: Shows how much is done.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import is_tuning, resume_tuning, trust_named
    from tlzoo.runs import resume as resume_run

    progress = shown_progress(progress, verbose)
    again: dict[str, Any] = {"data": data, "target": target, "target_test": target_test}
    observers = observers_of(callbacks, tracker)
    with using(trusted=trust_named(trust) or None):
        if is_tuning(Path(run)):
            if observers.callbacks:
                raise UsageError(f"{run} is a search, which takes no callbacks", "leave them out")
            return resume_tuning(Path(run), progress=progress, **again)
        return resume_run(Path(run), progress=progress, observers=observers, **again)


def find_runs(out: str | Path = "runs") -> tlzoo.runs.Runs:
    """Return the runs in a folder, the newest last: ``tlzoo runs``. They show as a table."""
    from tlzoo.runs import find_runs as find
    from tlzoo.runs.listing import Runs

    return Runs(tuple(find(Path(out))))


def load_run(run: str | Path) -> tlzoo.runs.Run:
    """Return the run in a folder, finished or not; everything of it is read when it is asked for.

    Raises RunError for a folder that is not a run.
    """
    from tlzoo.runs import Run, RunFolder

    return Run(RunFolder.find(Path(run)).path)


def evaluate(
    run: tlzoo.runs.Run | str | Path,
    data: tlzoo.data.DataLike | None = None,
    *,
    split: str | None = None,
    trust: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return metrics of a finished run on a split of its own data, or on other data: ``run.evaluate(…)``."""
    return _opened(run).evaluate(data, split=split, trust=trust, progress=progress)


def predict(
    run: tlzoo.runs.Run | str | Path, inputs: Any, *, trust: bool = False, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Return the answers of a finished run to raw inputs: ``run.predict(…)``."""
    return _opened(run).predict(inputs, trust=trust, progress=progress)


def publish(
    run: tlzoo.runs.Run | str | Path,
    name: str,
    *,
    licence: str,
    replace: bool = False,
    progress: Progress | None = None,
) -> tlzoo.zoo.Published:
    """Make a finished run's backbone the entry ``local/NAME``: ``tlzoo publish RUN --as NAME``.

    ``licence`` is the SPDX name of the weights' licence; ``replace`` replaces an entry of that name.
    """
    from tlzoo.progress import Silent
    from tlzoo.zoo.publishing.publication import publish as publish_run

    return publish_run(_opened(run), name, licence, replaces=replace, progress=progress or Silent())


def _opened(run: tlzoo.runs.Run | str | Path) -> tlzoo.runs.Run:
    return load_run(run) if isinstance(run, str | Path) else run
