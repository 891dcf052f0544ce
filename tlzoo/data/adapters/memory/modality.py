"""Modality of inputs in memory, and their reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import DataError, UsageError
from tlzoo.modalities.arrays import is_text_array
from tlzoo.modalities.lookup import core_modalities, modality_names, require_modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tlzoo.data.inputs import Inputs
    from tlzoo.modalities import Modality
    from tlzoo.progress import Progress

__all__ = ["modality_options", "read_inputs"]

_COLUMN = 2


def modality_options(options: Mapping[str, str]) -> tuple[str, ...]:
    """Return the options of the modality that the options name; nothing if they name none.

    Raises PluginError for a modality that no plugin brings.
    """
    return require_modality(options["modality"]).memory_options if "modality" in options else ()


def read_inputs(parts: Sequence[Any], where: str, options: Mapping[str, str], progress: Progress) -> Inputs:
    """Return the inputs of all parts, which are arrays or lists, one after the other.

    The first modality that takes them reads them: the core's own, then those of plugins; or the one that
    ``modality=`` names. Raises UsageError or DataError for inputs that no modality takes.
    """
    values = [_plain(each) for each in parts]
    for modality in _modalities(options.get("modality")):
        found = modality.read_in_memory(values, where, options, progress)
        if found is not None:
            return found
    if named := options.get("modality"):
        raise DataError(f"{where}: the inputs are not {named}: {_described(values[0])}", "pass inputs of this modality")
    raise DataError(
        f"{where}: no modality takes inputs such as {_described(values[0])}",
        "pass images (N, height, width, 1 or 3), paths, PIL images or strings; or name a modality with modality=",
    )


def _modalities(named: str | None) -> Iterator[Modality]:
    if named is not None:
        yield require_modality(named)
        return
    core = core_modalities()
    yield from map(require_modality, core)
    yield from (require_modality(name) for name in modality_names() if name not in core)


def _plain(values: Any) -> Any:
    """Return inputs as an array of numbers, or a list of anything else."""
    if isinstance(values, Sequence):  # also a column of Hugging Face
        nested = len(values) > 0 and isinstance(values[0], list | tuple | int | float)
        found = _numbers(values) if nested else None
        return list(values) if found is None else found
    if not hasattr(values, "__array__"):
        raise UsageError(f"x is of type {type(values).__name__}", "give an array or a list of inputs")
    found = np.asarray(values)
    if is_text_array(values) or found.dtype.kind in "US":  # a column of polars has no dtype of NumPy's
        return _strings(_single_column(found).tolist())
    if found.dtype.kind not in "OTV":
        return found
    numbers = _numbers(found.tolist()) if found.ndim > 1 else None
    return _single_column(found).tolist() if numbers is None else numbers


def _single_column(values: np.ndarray) -> np.ndarray:
    """Return a column, such as that of a frame, as its cells."""
    return values[:, 0] if values.ndim == _COLUMN and values.shape[1] == 1 else values


def _numbers(values: Sequence[Any]) -> np.ndarray | None:
    """Return nested lists of numbers as an array; None for other values."""
    try:
        found = np.asarray(values)
    except ValueError:  # of several lengths
        return None
    return found if found.dtype.kind in "uifb" else None


def _strings(values: list[Any]) -> list[Any]:
    """Return strings; bytes that are not UTF-8, such as images, stay as they are."""
    try:
        return [each.decode() if isinstance(each, bytes) else each for each in values]
    except UnicodeDecodeError:
        return values


def _described(values: Any) -> str:
    if isinstance(values, np.ndarray):
        return f"an array {values.dtype} of shape {values.shape}"
    kinds = sorted({type(each).__name__ for each in values})
    return f"a list of {' and '.join(kinds)}: {values[0]!r:.40}"
