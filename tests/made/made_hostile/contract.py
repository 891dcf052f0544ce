"""A kind of hostile input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis.strategies import SearchStrategy


class DifferentAnswerError(AssertionError):
    """The program answered, and otherwise than an independent reading of the same input."""


@dataclass(frozen=True)
class Kind:
    """``draw`` gives inputs, ``feed`` takes one, with an empty folder, to a public entry point.

    ``feed`` returns where there is a result, raises TlzooError where the program refuses the input, and
    ``DifferentAnswerError`` where the answer is wrong. It runs in a process of its own where ``isolated``, as native
    decoders can end a process. ``tensorflow`` says that it takes long enough for a tenth of the inputs.
    """

    name: str
    draw: SearchStrategy[Any]
    feed: Callable[[Any, Path], object]
    isolated: bool = False
    tensorflow: bool = False
    seconds: float = 20.0
    prepare: Callable[[], object] = lambda: None  # what takes long once: importing TensorFlow, tracing a graph


def command(*words: str) -> str:
    """Run the command line in this process and return what it printed on stdout.

    An error in one line is a regular end. Raises DifferentAnswerError where it prints a traceback, says that something
    should not happen, or ends with a code that is not documented.
    """
    import contextlib
    import io

    import tlzoo.cli

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = tlzoo.cli.main(list(words))
        except SystemExit as end:
            code = int(end.code or 0)
    said = err.getvalue()
    if "should not happen" in said or "Traceback" in said:
        raise DifferentAnswerError(said.strip()[-2000:])
    if code not in {0, 1, 2, 3, 4}:
        raise DifferentAnswerError(f"exit code {code}: {said[-500:]}")
    return out.getvalue()
