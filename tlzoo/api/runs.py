"""Functions on run folders: find, open, resume, evaluate, compare, predict and publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import tlzoo
from tlzoo.api.observers import TrackerChoice, observers_of
from tlzoo.api.progress_display import Verbose, shown_progress
from tlzoo.errors import UsageError
from tlzoo.progress import Progress, Silent

if TYPE_CHECKING:
    import tlzoo.data
    import tlzoo.runs
    import tlzoo.zoo

__all__ = ["compare_runs", "evaluate", "export_run", "find_runs", "load_run", "predict", "publish", "resume"]


def resume(
    run: str | PathLike[str],
    *,
    data: tlzoo.data.DataLike | None = None,
    target: tlzoo.data.DataLike | None = None,
    target_test: tlzoo.data.DataLike | None = None,
    trust: Sequence[str] = (),
    callbacks: Sequence[Any] | None = None,
    tracker: TrackerChoice = None,
    verbose: Verbose = "auto",
    progress: Progress | None = None,
) -> tlzoo.runs.Run | tlzoo.runs.RunSet | tlzoo.runs.Tuning:
    """Resume an interrupted run, run set or search; the result is that of an uninterrupted one.

    >>> run = tlzoo.resume("runs/interrupted")

    Args:
        run: Folder of the run, of the run set (``train`` with ``seeds`` or ``folds``), or of the search (``tune``).
        data: The same data again, if they were in memory and this process does not have them.
        target: The same target data again, likewise.
        target_test: The same test data of the target again, likewise.
        trust: Runs with code that you allow to run.
        callbacks: Keras callbacks, such as those of the interrupted run. Finished phases are not repeated.
        tracker: Trackers instead of those of the interrupted run; ``"none"`` for no tracker.
        verbose: 0 for no output, 1 for progress bars, 2 for one line per epoch, or ``"auto"``, as for ``train``.
        progress: Your own receiver of progress and notes, instead of ``verbose``.

    Returns:
        The finished run, run set or search.

    Raises:
        UsageError: If callbacks are given for a search.
        RunError: If the run is finished or in use, or its data or backbone has changed.
        BytesRefusedError: If the folder was changed, or names code without your consent.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import is_run_set, is_tuning, resume_run_set, resume_tuning, trust_named
    from tlzoo.runs import resume as resume_run

    progress = shown_progress(progress, verbose)
    again: dict[str, Any] = {"data": data, "target": target, "target_test": target_test}
    observers = observers_of(callbacks, tracker)
    with using(trusted=trust_named(trust) or None):
        if is_tuning(Path(run)):
            if observers.callbacks:
                raise UsageError(f"{run} is a search, which does not support callbacks", "remove them")
            return resume_tuning(Path(run), progress=progress, **again)
        if is_run_set(Path(run)):
            return resume_run_set(Path(run), progress=progress, observers=observers, **again)
        return resume_run(Path(run), progress=progress, observers=observers, **again)


def find_runs(out: str | Path = "runs") -> tlzoo.runs.Runs:
    """Return the runs in a folder, newest last, as a sequence that displays as a table.

    >>> runs = tlzoo.find_runs("runs")
    >>> finished = [run for run in runs if run.path.joinpath("result.json").exists()]

    Args:
        out: Folder of the runs.

    Returns:
        The runs; ``to_pandas()`` has their metrics. ``sets`` are the run sets, which have rows in the table, too.
    """
    from tlzoo.runs import find_run_sets
    from tlzoo.runs import find_runs as find
    from tlzoo.runs.listing import Runs

    return Runs(tuple(find(Path(out))), tuple(find_run_sets(Path(out))))


def load_run(run: str | PathLike[str]) -> tlzoo.runs.Run:
    """Return the run in a folder, finished or not. Its files are read on first use.

    >>> run = tlzoo.load_run("runs/photos")
    >>> losses = run.history["val_loss"]

    Args:
        run: Folder of the run.

    Returns:
        The run.

    Raises:
        RunError: If the folder is not a run.
    """
    from tlzoo.runs import Run, RunFolder

    return Run(RunFolder.find(Path(run)).path)


def compare_runs(
    runs: Sequence[tlzoo.runs.Run | str | PathLike[str]],
    *,
    by: str | None = None,
    data: tlzoo.data.DataLike | None = None,
    html: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> tlzoo.runs.RunComparison:
    """Compare finished runs by their answers to the same test samples: `tlzoo runs compare`.

    >>> found = tlzoo.compare_runs(["runs/photos", "runs/again"])
    >>> found.score.title, found.changes.count
    ('accuracy', 0)

    Shares of right answers are compared by the exact McNemar test with Tango's interval, other figures by the paired
    bootstrap. Intervals and p-values are corrected for the number of comparisons (Bonferroni).

    Args:
        runs: Two or more runs of one task, or their folders.
        by: Column of the data to group the test samples by: a column of a table or frame, another array of an ``.npz``
            file, or ``"folder2"`` for the second level of image folders. None: no subgroups.
        data: The data of the runs again, if they were in memory and this process does not have them. They are needed
            for subgroups and pictures.
        html: File for the comparison as a page, with learning curves and pictures of changed answers. None: no page.
            ``tlzoo.find_runs(…).write_page(…)`` writes a page of all runs in a folder.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        The comparison, which displays as a table; ``to_json()`` has everything.

    Raises:
        UsageError: If there are fewer than two runs, or the data do not have the column.
        RunError: If a run is not finished or has no kept answers, if tasks or test samples differ, or for other data.
        BytesRefusedError: If a folder was changed.
    """
    from tlzoo.files.output_file import check_file
    from tlzoo.progress import Silent
    from tlzoo.runs.comparison.compare import compare_runs as compare
    from tlzoo.runs.comparison.page import write_comparison_page
    from tlzoo.runs.opening.memory import give_again

    if html is not None:
        check_file(Path(html), "runs.html")
    opened = [_opened(each) for each in runs]
    _kept = give_again(opened[0].recipe, {"data": data}, progress) if opened else []
    found = compare(opened, progress or Silent(), by)
    if html is not None:
        write_comparison_page(Path(html), found, progress or Silent())
    return found


def evaluate(
    run: tlzoo.runs.Run | str | Path,
    data: tlzoo.data.DataLike | None = None,
    *,
    split: str | None = None,
    trust: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return the metrics of a finished run on a split of its data, or on other data.

    >>> metrics = tlzoo.evaluate("runs/photos", "images:photos/")

    Args:
        run: The run, or its folder.
        data: Data source, or data in memory, with the same classes. None: the data of the run.
        split: ``"train"``, ``"validation"`` or ``"test"``. None: the test split, or all samples of other data.
        trust: If True, code that the run names may be executed.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        The metrics by name.

    Raises:
        RunError: If the run is not finished, or its data or backbone has changed.
        DataError: If other data have classes that the model does not know.
        BytesRefusedError: If the folder was changed, or needs ``trust``.
    """
    return _opened(run).evaluate(data, split=split, trust=trust, progress=progress)


def export_run(
    run: tlzoo.runs.Run | str | Path,
    to: str | Sequence[str],
    *,
    data: tlzoo.data.DataLike | None = None,
    max_drop: float | None = None,
    out: str | PathLike[str] | None = None,
    trust: bool = False,
    progress: Progress | None = None,
) -> tlzoo.runs.Exports:
    """Write the network of a finished run in other formats, and compare each file with the run on the test split.

    >>> exports = tlzoo.export_run("runs/photos", "litert")

    Args:
        run: The run, or its folder.
        to: Formats, as a list or joined by commas (``list_exporters``), with an optional precision: ``"litert:int8"``.
            ``"container"`` writes files to build a container that serves the run.
        data: The same data again, if they were in memory and this process does not have them.
        max_drop: Nothing is written unless the upper 95 % limit of every file's drop in accuracy is below this share.
            None accepts any drop.
        out: Folder of the formats' folders. None: ``exports/`` in the run folder.
        trust: If True, code that the run names may be executed.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        The files with their measurements, as a sequence that displays as a table.

    Raises:
        UsageError: If a format is unknown, or its folder exists.
        PluginError: If the runtime of a format is not installed.
        RunError: If the run is not finished, has no network, or its data or backbone has changed.
        ExportError: If a format cannot express the network, or a file may lose more accuracy.
        BytesRefusedError: If the folder was changed, or needs ``trust``.
    """
    return _opened(run).export(
        to, data=data, max_drop=max_drop, out=None if out is None else Path(out), trust=trust, progress=progress
    )


def predict(
    run: tlzoo.runs.Run | str | Path,
    inputs: Any,
    *,
    runtime: str | None = None,
    options: Mapping[str, Any] | None = None,
    coverage: str | float | None = None,
    trust: bool = False,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Return the predictions of a finished run for raw inputs.

    >>> answers = tlzoo.predict("runs/photos", ["seven.png"])
    >>> answers[0]["label"]
    '7'

    Args:
        run: The run, or its folder.
        inputs: One input or several: paths, bytes, arrays or PIL images; strings for texts; or a data frame.
        runtime: ``"tensorflow"`` for the SavedModel, or a format in ``exports/`` such as ``"litert"``. None: an exact
            exported file if the run has one and its runtime is installed, otherwise TensorFlow.
        options: Options of the run's trainer, such as ``{"temperature": 0.8}`` for generated texts.
        coverage: Between 0 and 1, or text such as ``"90%"``: adds a label set, ``set``, that contains the true class
            with this probability, or for regression ``intervals`` of the targets.
        trust: If True, the SavedModel of the run may use any operations.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        For each input, ``input``, ``label`` and ``probabilities``, or what the task of the run predicts. An input that
        cannot be read has an ``error`` instead.

    Raises:
        RunError: If the run has no model.
        UsageError: If an input has the wrong type, or the run's task has neither label sets nor intervals.
        DataError: If the run has too few held-out labels to promise the coverage.
        BytesRefusedError: If the folder was changed, or needs ``trust``.
    """
    return _opened(run).predict(
        inputs, runtime=runtime, options=options, coverage=coverage, trust=trust, progress=progress
    )


@overload
def publish(
    run: tlzoo.runs.Run | str | Path,
    name: str,
    *,
    licence: str,
    replace: bool = False,
    progress: Progress | None = None,
) -> tlzoo.zoo.Published: ...


@overload
def publish(
    run: tlzoo.runs.Run | str | Path,
    name: None = None,
    *,
    to: str | PathLike[str],
    licence: str,
    replace: bool = False,
    private: bool = False,
    by: str | None = None,
    progress: Progress | None = None,
) -> tlzoo.zoo.PublishedModel: ...


def publish(
    run: tlzoo.runs.Run | str | Path,
    name: str | None = None,
    *,
    to: str | PathLike[str] | None = None,
    licence: str,
    replace: bool = False,
    private: bool = False,
    by: str | None = None,
    progress: Progress | None = None,
) -> tlzoo.zoo.Published | tlzoo.zoo.PublishedModel:
    """Publish the backbone of a finished run as your own entry ``local/NAME``, or the whole model for others.

    >>> published = tlzoo.publish("runs/photos", "my-photos", licence="Apache-2.0")
    >>> published.entry.id
    'local/my-photos.tuned'

    With ``to``, a folder or a repository of the Hugging Face Hub gets a model card, the network, the weights of the
    backbone, hashes and a registry, from which ``tlzoo registry add`` makes an entry on another machine. It never gets
    samples or features. Uploading needs ``tlzoo[hub]``, and the access token of ``HF_TOKEN`` or ``hf auth login``.

    >>> model = tlzoo.publish("runs/photos", to="shared/photos", licence="Apache-2.0")
    >>> sorted(model.files)[:3]
    ['LICENSE', 'README.md', 'SHA256SUMS']

    Args:
        run: The run, or its folder.
        name: Name of your own entry, in lowercase letters, digits and hyphens.
        to: Folder, or ``hf://OWNER/NAME``, instead of a name.
        licence: SPDX identifier of the weights' licence.
        replace: If True, an existing entry of this name, or a model published there before, is replaced.
        private: If True, a new repository is private, and a public one is refused.
        by: Column of the data, as for ``compare_runs``: the model card then has test figures by subgroup, with
            intervals, and names the values of the column. None: no subgroups. Needs ``to``.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        The new entry and its files.

    Raises:
        UsageError: If the name or the place is invalid or taken, or the data do not have the column.
        RunError: If the run is not finished.
        PluginError: If uploading needs ``tlzoo[hub]``.
        UploadError: If the upload fails. Call it again to complete it.
    """
    from tlzoo.zoo.publishing.publication import publish as publish_run
    from tlzoo.zoo.publishing.publish_to import publish_to

    if (name is None) == (to is None):
        raise UsageError("give either a name or to", "for example to='hf://OWNER/NAME'")
    progress = progress or Silent()
    if to is not None:
        given: dict[str, Any] = {"replaces": replace, "private": private, "by": by, "progress": progress}
        return publish_to(_opened(run), fspath(to), licence, **given)
    if private:
        raise UsageError("private applies to repositories", "remove it")
    if by is not None:
        raise UsageError("by is for a model card, which an own entry does not have", "remove it, or give to")
    return publish_run(_opened(run), str(name), licence, replaces=replace, progress=progress)


def _opened(run: tlzoo.runs.Run | str | PathLike[str]) -> tlzoo.runs.Run:
    from tlzoo.runs import Run

    return run if isinstance(run, Run) else load_run(run)
