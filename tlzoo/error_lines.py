"""File and line of an error in an author's strategy or objective."""

from __future__ import annotations

import inspect
import linecache
import os

__all__ = ["error_line", "file_of", "shown_line"]


def error_line(error: BaseException, file: str | None) -> str | None:
    """Return ``mine.py, line 7: `text of the line` `` for the last traceback entry in ``file``."""
    numbers = [error.lineno] if isinstance(error, SyntaxError) and error.filename == file else []
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            numbers.append(step.tb_lineno)
        step = step.tb_next
    return None if file is None or not numbers or numbers[-1] is None else shown_line(file, numbers[-1])


def file_of(cls: type, method: str) -> str | None:
    """Return the file of a class; None for classes of the core, whose lines would not help a user.

    For a class of a notebook or prompt, it is the compiled source of its ``method``.
    """
    if cls.__module__.partition(".")[0] == "tlzoo":
        return None
    code = getattr(inspect.unwrap(getattr(cls, method)), "__code__", None)
    compiled_from = None if code is None else str(code.co_filename)
    if cls.__module__ == "__main__":
        return compiled_from
    try:
        return inspect.getfile(cls)
    except (TypeError, OSError):
        return compiled_from


def shown_line(file: str, number: int) -> str:
    """Return a line of a file for a message, without its text if it is unknown."""
    text = linecache.getline(file, number).strip()
    near = os.path.relpath(file)
    shown = file if near.startswith("..") or file.startswith("<") else near
    return f"{shown}, line {number}" + (f": `{text}`" if text else "")
