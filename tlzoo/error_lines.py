"""Where in an author's own file something went wrong: strategies and objectives are told of by their line."""

from __future__ import annotations

import inspect
import linecache
import os

__all__ = ["error_line", "file_of", "shown_line"]


def error_line(error: BaseException, file: str | None) -> str | None:
    """Return ``mine.py, line 7: `text of the line` `` for the last place in ``file`` that an error went through."""
    numbers = [error.lineno] if isinstance(error, SyntaxError) and error.filename == file else []
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            numbers.append(step.tb_lineno)
        step = step.tb_next
    return None if file is None or not numbers or numbers[-1] is None else shown_line(file, numbers[-1])


def file_of(cls: type, method: str) -> str | None:
    """Return the file that a class was written in; None for the core's own, whose lines would tell a user nothing.

    For a class of a notebook or of the prompt, what its ``method`` was compiled from stands for it.
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
    """Return a line of a file as a message shows it; its text is left out where it is not known."""
    text = linecache.getline(file, number).strip()
    near = os.path.relpath(file)
    shown = file if near.startswith("..") or file.startswith("<") else near
    return f"{shown}, line {number}" + (f": `{text}`" if text else "")
