"""A strategy whose mistakes are told with the author's line."""

from __future__ import annotations

import inspect
import linecache
import os
import reprlib
from collections.abc import Generator
from typing import Any, cast, final

from pydantic import ValidationError

from tlzoo.errors import TlzooError, TrainingError
from tlzoo.strategies import Job, Phase, PhaseResult, Phases, Strategy

__all__ = ["authors_line", "watch"]


def watch(strategy: Strategy) -> Strategy:
    """Return the strategy, yielding the same phases; what goes wrong in it names the file and line where it did.

    Exceptions of the author's code become TrainingError. Errors of a phase that the strategy does not catch keep their
    kind. What is yielded must be a Phase, what is returned a PhaseResult or None.
    """
    return cast("Strategy", _Watched(strategy))


def authors_line(error: BaseException, file: str | None) -> str | None:
    """Return ``mine.py, line 7: `text of the line` `` for the last place in ``file`` that an error went through."""
    numbers = [error.lineno] if isinstance(error, SyntaxError) and error.filename == file else []
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            numbers.append(step.tb_lineno)
        step = step.tb_next
    return None if file is None or not numbers or numbers[-1] is None else _line(file, numbers[-1])


@final
class _Watched:
    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self.name = strategy.name or type(strategy).__name__
        self._file = _file_of(strategy)

    def phases(self, job: Job) -> Phases:
        generator = self._strategy.phases(job)
        if not isinstance(generator, Generator):
            raise self._mistake(f"phases() returned {_named(generator)}", "write it with `yield`")
        reply: PhaseResult | None = None
        error: TlzooError | None = None
        while True:
            try:
                asked = self._ask(generator, reply, error)
            except StopIteration as end:
                return self._kept(end.value)
            if not isinstance(asked, Phase):
                raise self._mistake(f"it yielded {_named(asked)}", "yield a Phase", generator)
            try:
                reply, error = (yield asked), None
            except TlzooError as raised:
                error = raised

    def _ask(self, generator: Phases, reply: PhaseResult | None, error: TlzooError | None) -> Any:
        try:
            if error is not None:
                return generator.throw(error)
            return next(generator) if reply is None else generator.send(reply)
        except StopIteration:
            raise
        except TlzooError as raised:
            where = authors_line(raised, self._file)
            if where is None or type(raised).__init__ is not TlzooError.__init__:
                raise
            told = type(raised)(raised.what, f"{raised.fix} ({where})" if raised.fix else where)
            raise told.with_traceback(raised.__traceback__) from raised
        except Exception as raised:
            where = authors_line(raised, self._file) or "see --traceback"
            raise TrainingError(f"strategy {self.name!r}: {_said(raised)}", where) from raised

    def _kept(self, value: Any) -> PhaseResult | None:
        if value is None or isinstance(value, PhaseResult):
            return value
        raise self._mistake(f"it returned {_named(value)}", "return the result of a phase, or None")

    def _mistake(self, what: str, fix: str, generator: Phases | None = None) -> TrainingError:
        frame = getattr(generator, "gi_frame", None)
        where = "" if frame is None else f" ({_line(frame.f_code.co_filename, frame.f_lineno)})"
        return TrainingError(f"strategy {self.name!r}: {what}", fix + where)


def _file_of(strategy: Strategy) -> str | None:
    """Return the file of a strategy that is not one of the core's own, whose lines would tell a user nothing."""
    if type(strategy).__module__.partition(".")[0] == "tlzoo":
        return None
    try:
        return inspect.getfile(type(strategy))
    except (TypeError, OSError):
        return None


def _line(file: str, number: int) -> str:
    text = linecache.getline(file, number).strip()
    near = os.path.relpath(file)
    shown = file if near.startswith("..") else near
    return f"{shown}, line {number}" + (f": `{text}`" if text else "")


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{error.title} {'.'.join(map(str, first['loc']))!r}: {first['msg']} (received {first['input']!r})"
    return f"{type(error).__name__}: {error}"


def _named(value: object) -> str:
    return f"{reprlib.repr(value)} ({type(value).__name__})"
