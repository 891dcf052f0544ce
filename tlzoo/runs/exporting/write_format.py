"""Call an exporter and check what it wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.errors import RunError, TlzooError, UsageError

if TYPE_CHECKING:
    from tlzoo.export import Arrays, Exporter, ServingModel

__all__ = ["format_folder", "refuse_same_folders", "size_of", "write_format"]


def format_folder(name: str) -> str:
    """Return the folder name of a format: ``litert-int8-calibration-500`` for ``litert:int8?calibration=500``."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")


def refuse_same_folders(names: Iterable[str]) -> None:
    """Raise UsageError if two formats would be written to one folder, such as ``litert:int8`` and ``litert-int8``."""
    known: dict[str, str] = {}
    for name in names:
        other = known.setdefault(format_folder(name), name)
        if other != name:
            raise UsageError(
                f"the formats {other!r} and {name!r} have the same folder {format_folder(name)!r}",
                "leave one of them out",
            )


def write_format(exporter: Exporter, name: str, model: ServingModel, samples: Arrays, folder: Path, fix: str) -> Path:
    """Write a model in one format into a folder, and return the path.

    Args:
        exporter: The format.
        name: Its name as the user wrote it.
        model: The trained network.
        samples: Prepared training samples.
        folder: The folder, which is created.
        fix: What the user can do if the exporter fails.

    Returns:
        The path of the file or folder that the exporter wrote.

    Raises:
        RunError: If the exporter raises an error, or returns a path that it did not write in the folder.
        OSError: If the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        path = Path(exporter.export(model, samples, folder))
    except (TlzooError, OSError):
        raise  # their messages have a fix, for example for a full disk
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise RunError(f"export to {name!r} failed: {said}", fix) from error
    place, root = path.resolve(), folder.resolve()
    if root not in place.parents or not place.exists():
        what = f"the exporter returned {str(path)!r}, which is not a path that it wrote inside {folder}"
        raise RunError(f"export to {name!r} failed: {what}", fix)
    return path


def size_of(folder: Path) -> int:
    """Return the bytes of all files within a folder."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
