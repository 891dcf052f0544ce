"""Export of a run's model at its end: one file or folder per format of the recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlzoo.runs.exporting.write_format import format_folder, write_format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.export import Exporter, ServingModel
    from tlzoo.runs.exporting.companions import Origins
    from tlzoo.runs.files.folder import RunFolder
    from tlzoo.training import Trainer

__all__ = ["export_model"]


def export_model(
    model: ServingModel,
    folder: RunFolder,
    exporters: Mapping[str, Exporter],
    trainer: Trainer,
    state: Any,
    origins: Origins,
) -> dict[str, str]:
    """Call each exporter with the model; return the path within the run folder for each format.

    ``keras`` and ``saved-model`` write directly into the run folder; other formats into a folder of their own below
    ``exports/``, with the files that a user without tlzoo needs.

    Raises RunError with the format if an exporter fails, or if the returned path is not a file or folder that it wrote.
    Raises OSError if a file cannot be written.
    """
    fix = f"upgrade its plugin, or remove the format from export in {folder.recipe}; then resume the run"
    done = {}
    samples = None
    for name, exporter in exporters.items():
        if exporter.of_run:
            path = write_format(exporter, name, model, {}, folder.path, fix)
        else:
            from tlzoo.runs.exporting.companions import golden_of_run, write_companions
            from tlzoo.runs.exporting.samples import calibration_samples

            samples = samples or calibration_samples(trainer, state, model)
            place = folder.exports / format_folder(name)
            path = write_format(exporter, name, model, samples[exporter.takes_text], place, fix)
            write_companions(exporter, path, model, origins, golden_of_run(trainer, state, model, exporter))
        done[name] = path.resolve().relative_to(folder.path.resolve()).as_posix()
    return done
