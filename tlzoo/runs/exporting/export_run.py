"""Export a finished run: write each format, run the files on the test split, and keep them if they are good enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tlzoo.errors import ExportError, RunError, UsageError
from tlzoo.export.drop_limit import least_provable_drop, samples_needed
from tlzoo.files.atomic import temporary_folder
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.exporting.companions import Origins, golden_of_samples, write_companions
from tlzoo.runs.exporting.container import CONTAINER, write_container
from tlzoo.runs.exporting.exports import Exports
from tlzoo.runs.exporting.measuring import Exported, measure
from tlzoo.runs.exporting.samples import StoredSamples, calibration_samples, store_samples
from tlzoo.runs.exporting.summary import add_to_summary, read_summary
from tlzoo.runs.exporting.write_format import format_folder, size_of, write_format
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.hashes import add_hashes
from tlzoo.runs.files.own_exports import remember_exports
from tlzoo.runs.opening.exporters import find_exporters
from tlzoo.runs.results.reopened import reopened_run

if TYPE_CHECKING:
    from tlzoo.export import Arrays, Exporter, ServingModel
    from tlzoo.progress import Progress
    from tlzoo.runs.run import Run
    from tlzoo.tasks import Metrics

__all__ = ["export_run"]

_FIX = "upgrade its plugin, or leave the format out"


@dataclass(frozen=True, slots=True)
class _Job:
    """Everything that is the same for all formats."""

    model: ServingModel
    calibration: Mapping[bool, Arrays]
    samples: StoredSamples
    metrics: Metrics
    origins: Origins
    scratch: Path


def export_run(
    run: Run, formats: Sequence[str], *, max_drop: float | None, out: Path | None, progress: Progress
) -> Exports:
    """Write a run's network in each format with its companions, after measuring each file on the test split.

    Args:
        run: A finished run.
        formats: Formats with an optional precision and options: ``litert:int8?calibration=500``.
        max_drop: Largest accepted upper limit of the drop in accuracy, between 0 and 1; None accepts any drop.
        out: Folder of the formats' folders; None for ``exports/`` in the run folder.
        progress: Receives progress and notes.

    Returns:
        The files with their measurements.

    Raises:
        UsageError: If a format is unknown, or its folder exists.
        PluginError: If the runtime of a format is not installed.
        RunError: If the run has no network, or an exporter fails.
        ExportError: If a format cannot express the network, or loses too much accuracy. Nothing is written then.
    """
    if not formats:
        raise UsageError("no export format is given", "name one or several, such as litert,onnx")
    if max_drop is not None and not 0 < max_drop < 1:
        raise UsageError(
            f"max_drop must be a share between 0 and 1; got {max_drop:g}", "write 0.005 for half a percent"
        )
    exporters = find_exporters([each for each in formats if each != CONTAINER])
    folder = RunFolder.find(run.path)
    target = folder.exports if out is None else out
    _refuse_existing(target, dict.fromkeys(formats))
    RunFolder.open(run.path, "checkpoints")
    _ = run.result  # raises for an unfinished run
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        temporary_folder(target) as staging,  # first: an unwritable folder is found before all samples are predicted
        usable_cache(progress),
        TemporaryDirectory(prefix="tlzoo-export-") as scratch,
    ):
        done = _exported_networks(run, exporters, max_drop, staging, Path(scratch), progress) if exporters else []
        if CONTAINER in formats:
            path = write_container(run, staging / CONTAINER)
            done.append(Exported(CONTAINER, path, size_of(path.parent), 0))
        moved = [_moved(each, staging, target) for each in done]
    exports = Exports(target, tuple(moved))
    if target.resolve() == folder.exports.resolve():
        formats = [each.path.relative_to(target).parts[0] for each in exports]
        with folder.lock():
            add_hashes(folder.path, *(f"{folder.exports.name}/{each}" for each in formats))
            remember_exports(folder.path.resolve(), [each.path.resolve() for each in exports])
    add_to_summary(target, [each.to_json() | {"path": each.path.relative_to(target).as_posix()} for each in exports])
    return exports


def _exported_networks(
    run: Run,
    exporters: Mapping[str, Exporter],
    max_drop: float | None,
    staging: Path,
    scratch: Path,
    progress: Progress,
) -> list[Exported]:
    """Write the network in each format and measure it; raise ExportError if a file may lose too much accuracy."""
    job = _prepared(run, exporters.values(), scratch, progress)
    if max_drop is not None:
        _refuse_unprovable(job, max_drop)
    done: list[Exported] = []
    with progress.track("exporting", len(exporters), "formats") as advance:
        for name, exporter in exporters.items():
            done.append(_exported(job, exporter, name, staging))
            if max_drop is not None:
                _check_drop(job, exporter, done[-1], max_drop)
            advance(1)
    return done


def _prepared(run: Run, exporters: Any, scratch: Path, progress: Progress) -> _Job:
    """Open the run with its data and final weights, and store its test samples."""
    opened, trainer, state = reopened_run(run, progress)
    model = trainer.serving_model(state)
    if model is None:
        raise RunError(f"{run.path} has no network to export: {type(trainer).__name__} has no Keras model")
    numbers = any(not each.takes_text for each in exporters)
    samples = store_samples(trainer, state, model, scratch, numbers=numbers, progress=progress)
    metrics = samples.metrics(samples.answers) if samples.metrics else trainer.evaluate(state, "test").metrics
    origins = Origins(run.path.resolve().name, opened.entry, opened.recipe.data, dict(run.test))
    return _Job(model, calibration_samples(trainer, state, model), samples, metrics, origins, scratch)


def _exported(job: _Job, exporter: Exporter, name: str, staging: Path) -> Exported:
    folder = staging / format_folder(name)
    path = write_format(exporter, name, job.model, job.calibration[exporter.takes_text], folder, _FIX)
    size = size_of(folder)
    found, _ = measure(exporter, path, size, job.samples, job.model.task, job.metrics, job.scratch)
    found = replace(found, format=name)
    write_companions(exporter, path, job.model, job.origins, golden_of_samples(job.samples, exporter), found.to_json())
    return found


def _moved(each: Exported, staging: Path, target: Path) -> Exported:
    """Move a format's folder to its place."""
    inside = each.path.relative_to(staging)
    target.mkdir(parents=True, exist_ok=True)
    (staging / inside.parts[0]).rename(target / inside.parts[0])
    return replace(each, path=target / inside)


def _refuse_existing(target: Path, exporters: Mapping[str, Any]) -> None:
    if target.exists() and not target.is_dir():
        raise UsageError(f"cannot export to {target}: it is a file", "choose a folder with --out")
    for folder in map(format_folder, exporters):
        if (target / folder).exists():
            raise UsageError(f"{target / folder} exists already", "remove it, or choose another folder with --out")
    read_summary(target)


def _refuse_unprovable(job: _Job, max_drop: float) -> None:
    """Raise ExportError if no file can prove this drop on this test split."""
    some = job.samples.answers[:1]
    if job.samples.labels is None or job.model.task.equal_answers(some, some, job.metrics) is None:
        raise ExportError(
            f"max_drop is a drop in accuracy, but {job.model.task.kind} here has none",
            "leave it out; the largest difference of a prediction is measured",
        )
    least = least_provable_drop(len(job.samples))
    if least >= max_drop:
        raise ExportError(
            f"no file can be proven to lose less than {max_drop:.2%}: the smallest drop that {len(job.samples)} test "
            f"samples can prove is {least:.2%}",
            f"use at least {samples_needed(max_drop)} test samples, or a larger max_drop",
        )


def _check_drop(job: _Job, exporter: Exporter, found: Exported, max_drop: float) -> None:
    """Raise ExportError with the next better precision if a file may lose too much accuracy."""
    if found.drop is None:
        raise ExportError(f"{found.format} has no runtime here, so its drop is unknown", "leave out the format")
    if found.drop.upper < max_drop:
        return
    least = least_provable_drop(len(job.samples))
    raise ExportError(
        f"{found.format} may lose up to {found.drop.upper:.2%} accuracy (upper 95 % limit), not less than "
        f"{max_drop:.2%}; nothing was written; {len(job.samples)} test samples can prove {least:.2%} at best",
        _next_better(job, exporter, max_drop),
    )


def _next_better(job: _Job, exporter: Exporter, max_drop: float) -> str:
    """Return the advice: the next more exact precision of the format that passes."""
    place = exporter.precisions.index(exporter.precision)
    for precision in reversed(exporter.precisions[:place]):
        better = type(exporter).model_validate(exporter.model_dump() | {"precision": precision})
        with TemporaryDirectory(dir=job.scratch) as name:
            try:
                found = _exported(job, better, better.format, Path(name))
            except (ExportError, RunError):
                continue
        if found.drop is not None and found.drop.upper < max_drop:
            return f"use {better.format}, which loses at most {found.drop.upper:.2%}"
    return "no other precision of this format is better; use a larger max_drop, or more test samples"
