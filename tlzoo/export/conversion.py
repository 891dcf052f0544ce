"""Conversion of a network to a file by another library: atomic, quiet, and with errors in one line."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tlzoo.errors import ExportError, TlzooError
from tlzoo.files.atomic import temporary_folder

__all__ = ["converted", "quiet_conversion", "quiet_descriptor"]

_LONGEST = 300


@contextmanager
def converted(name: str, *paths: Path) -> Iterator[Path]:
    """Yield a temporary path like ``paths[0]``; at the end, the files of all ``paths`` replace older ones.

    Errors of the conversion become an ExportError in one line with the ``name`` of the format.
    """
    with temporary_folder(paths[0]) as folder:
        try:
            yield folder / paths[0].name
        except (TlzooError, OSError, MemoryError):
            raise
        except Exception as error:  # each converter has its own
            said = " ".join(f"{type(error).__name__}: {error}".split())
            said = said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
            raise ExportError(
                f"{name} cannot express this network ({said})", "use another format, such as saved-model"
            ) from error
        for each in paths:
            (folder / each.name).replace(each)


@contextmanager
def quiet_conversion() -> Iterator[None]:
    """Suppress progress bars, warnings and log lines of converters, including those printed by C++ code."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            quiet_descriptor(2),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(previous)


@contextmanager
def quiet_descriptor(number: int) -> Iterator[None]:
    """Send what this process writes to a file descriptor to nowhere."""
    try:
        kept = os.dup(number)
    except OSError:  # closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)
        os.close(nowhere)
