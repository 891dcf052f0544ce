"""Errors of a strategy, reported with file and line."""

from __future__ import annotations

import reprlib
from collections.abc import Generator
from typing import Any, cast, final

from pydantic import ValidationError

from tlzoo.error_lines import error_line, file_of, shown_line
from tlzoo.errors import TlzooError, TrainingError
from tlzoo.strategies import Job, Phase, PhaseResult, Phases, Strategy

__all__ = ["report_strategy_errors"]


def report_strategy_errors(strategy: Strategy) -> Strategy:
    """Return the strategy with the same phases; its errors name the file and line.

    Exceptions in the author's code become TrainingError. Errors of a phase that the strategy does not catch keep their
    type. The strategy must yield Phase objects and return a PhaseResult or None.
    """
    return cast("Strategy", _Watched(strategy))


@final
class _Watched:
    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self.name = strategy.name or type(strategy).__name__
        self._file = file_of(type(strategy), "phases")

    def phases(self, job: Job) -> Phases:
        generator = self._strategy.phases(job)
        if not isinstance(generator, Generator):
            raise self._mistake(f"phases() returned {_named(generator)}", "make it a generator: use `yield`")
        reply: PhaseResult | None = None
        error: TlzooError | None = None
        while True:
            try:
                asked = self._ask(generator, reply, error)
            except StopIteration as end:
                return self._kept(end.value)
            if not isinstance(asked, Phase):
                raise self._mistake(f"yielded {_named(asked)}", "yield a Phase", generator)
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
            where = error_line(raised, self._file)
            if where is None or type(raised).__init__ is not TlzooError.__init__:
                raise
            told = type(raised)(raised.what, f"{raised.fix} ({where})" if raised.fix else where)
            raise told.with_traceback(raised.__traceback__) from raised
        except Exception as raised:
            where = error_line(raised, self._file) or "see --traceback"
            raise TrainingError(f"strategy {self.name!r}: {_said(raised)}", where) from raised

    def _kept(self, value: Any) -> PhaseResult | None:
        if value is None or isinstance(value, PhaseResult):
            return value
        raise self._mistake(f"returned {_named(value)}", "return the result of a phase, or None")

    def _mistake(self, what: str, fix: str, generator: Phases | None = None) -> TrainingError:
        frame = getattr(generator, "gi_frame", None)
        where = "" if frame is None else f" ({shown_line(frame.f_code.co_filename, frame.f_lineno)})"
        return TrainingError(f"strategy {self.name!r}: {what}", fix + where)


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{error.title} {'.'.join(map(str, first['loc']))!r}: {first['msg']} (got {first['input']!r})"
    return f"{type(error).__name__}: {error}"


def _named(value: object) -> str:
    return f"{reprlib.repr(value)} ({type(value).__name__})"
