"""Opens an exported file, and compares it with its golden answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.artifacts.formats.npz import check_arrays
from tlzoo.errors import BytesRefusedError, ExportError
from tlzoo.runs.exporting.measuring import threads
from tlzoo.runs.results.run_task import DAMAGED, said

if TYPE_CHECKING:
    from tlzoo.export import Runtime
    from tlzoo.runs.results.exported_files import ExportedFile
    from tlzoo.tasks import Task

__all__ = ["QUANTIZED_TOLERANCE", "TOLERANCE", "open_exported", "refusing_damage"]

TOLERANCE = 1e-4
"""Largest difference of an exact file from the run's own answers for its golden inputs, relative to the largest."""
QUANTIZED_TOLERANCE = 0.05
"""Largest difference of another file from its own predictions at its export: processors round integers differently."""
_FIX = "export again, or use --runtime tensorflow"


def open_exported(file: ExportedFile, task: Task) -> Runtime:
    """Return the runtime of a file with predictions of this ``task``, after the comparison with its golden answers.

    An exact file must give the run's own answers (``answers`` in ``golden.npz``), and another file the predictions that
    it gave when it was exported (``predictions``).

    Raises:
        BytesRefusedError: If the folder is damaged, or the file has other names.
        ExportError: If the file cannot be opened, or gives other answers on this machine.
    """
    if tuple(file.card.classes) != task.names:
        raise BytesRefusedError(f"{file.path} has other classes than the run", "export again")
    try:
        runtime = file.exporter.open(file.path, threads())
    except Exception as error:  # of any runtime
        raise ExportError(f"{file.path} cannot be opened: {_line(error)}", _FIX) from error
    assert runtime is not None  # see read_exported_file
    _compare(file, runtime, task)
    return runtime


@contextmanager
def refusing_damage(file: ExportedFile) -> Iterator[None]:
    """Raise BytesRefusedError for errors that only wrong values beside an exported file cause."""
    try:
        yield
    except (*DAMAGED, OSError, MemoryError) as error:
        reason = " ".join(said(error).split())
        raise BytesRefusedError(f"{file.path.parent} is damaged: {reason}", _FIX) from error


def _compare(file: ExportedFile, runtime: Runtime, task: Task) -> None:
    path = file.path.parent / "golden.npz"
    check_arrays(path, str(path))
    name, tolerance = ("answers", TOLERANCE) if file.exporter.is_exact else ("predictions", QUANTIZED_TOLERANCE)
    with refusing_damage(file), np.load(path, allow_pickle=False) as golden:
        if name not in golden:
            raise ValueError(f"golden.npz has no {name!r} to compare the file with")
        inputs, wanted = {each: golden[each] for each in file.card.inputs}, golden[name]
        is_array = wanted.dtype == np.float32 and wanted.ndim > 1 and task.answers_fit(wanted.shape, len(wanted))
        if not (is_array and len(wanted) and all(len(each) == len(wanted) for each in inputs.values())):
            raise ValueError(f"{name!r} in golden.npz are {wanted.dtype} {wanted.shape}")
    try:
        found = np.asarray(runtime(inputs), np.float32)
    except Exception as error:  # of any runtime
        raise ExportError(f"{file.path} fails on its golden inputs: {_line(error)}", _FIX) from error
    if found.shape != wanted.shape:
        raise BytesRefusedError(f"{file.path} is not the model of this run: it returns {found.shape}", "export again")
    if not np.allclose(found, wanted, rtol=0, atol=tolerance * max(1, np.abs(wanted).max())):
        whose = "the run's own answers" if file.exporter.is_exact else "the predictions of its export"
        raise ExportError(f"{file.path} does not give {whose} on this machine", _FIX)


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
