"""Export of a run's model: one file or folder per format of the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.errors import RunError, TlzooError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.export import Exporter, ServingModel
    from tlzoo.runs.files.folder import RunFolder

__all__ = ["export_model"]


def export_model(model: ServingModel, folder: RunFolder, exporters: Mapping[str, Exporter]) -> dict[str, str]:
    """Call each exporter with the model; return the path within the run folder for each format.

    Raises RunError with the format if an exporter fails, or if the returned path is not a file or folder that it wrote
    inside the run folder. Raises OSError if a file cannot be written.
    """
    return {name: _export(model, folder, name, exporter) for name, exporter in exporters.items()}


def _export(model: ServingModel, folder: RunFolder, name: str, exporter: Exporter) -> str:
    fix = f"upgrade its plugin, or remove {name!r} from export in {folder.recipe}; then resume the run"
    try:
        path = Path(exporter(model, folder.path))
    except (TlzooError, OSError):
        raise  # their messages have a fix, for example for a full disk
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise RunError(f"export to {name!r} failed: {said}", fix) from error
    place, root = path.resolve(), folder.path.resolve()
    if root not in place.parents or not place.exists():
        what = f"the exporter returned {str(path)!r}, which is not a path that it wrote inside {folder.path}"
        raise RunError(f"export to {name!r} failed: {what}", fix)
    return place.relative_to(root).as_posix()
