"""A check is a function with a name and a sentence that says what it proves; a session runs each at most once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, final

from tlzoo.testing.outcome import CheckFailedError, Report, Result, SkippedError

__all__ = ["Check", "Session", "Subject", "check"]


class Subject(Protocol):
    """What checks are run on."""

    @property
    def title(self) -> str:
        """How a report calls it."""
        ...


S = TypeVar("S", bound=Subject)


@final
@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """One thing to prove of a subject.

    ``function`` returns where it holds, raises SkippedError where it cannot be tried here, and fails by raising
    anything else. ``needs`` are the checks without which it would only fail for their reason: then it is skipped.
    """

    name: str
    proves: str
    function: Callable[[S], None]
    needs: tuple[Check[S], ...] = ()

    def __call__(self, subject: S) -> None:
        """Try it on a subject."""
        self.function(subject)


def check(*needs: Check[Any]) -> Callable[[Callable[[S], None]], Check[S]]:
    """Make a check of a function: its name with hyphens, and its docstring, which says what it proves."""

    def make(function: Callable[[S], None]) -> Check[S]:
        if not function.__doc__:
            raise TypeError(f"the check {function.__name__!r} needs a docstring that says what it proves")
        proves = " ".join(function.__doc__.split())
        return Check(function.__name__.replace("_", "-"), proves, function, needs)

    return make


@final
class Session(Generic[S]):
    """Runs checks on one subject and remembers what came of each."""

    def __init__(self, subject: S, tell: Callable[[Result], None] = lambda _result: None) -> None:
        """Tell of each result as soon as it is there."""
        self._subject = subject
        self._tell = tell
        self._results: dict[str, Result] = {}

    def report(self, checks: Iterable[Check[S]]) -> Report:
        """Run these checks, in order, and return their results."""
        return Report.of([self.result(each) for each in checks])

    def result(self, asked: Check[S]) -> Result:
        """Return what came of a check, running it and what it needs unless that was done."""
        if asked.name not in self._results:
            result = self._run(asked)
            self._results[asked.name] = result
            self._tell(result)
        return self._results[asked.name]

    def _run(self, asked: Check[S]) -> Result:
        title = self._subject.title
        for needed in asked.needs:
            if self.result(needed).outcome != "passed":
                return Result(
                    title, asked.name, "skipped", f"needs {needed.name!r}, which {_did_not_pass(self.result(needed))}"
                )
        try:
            with warnings.catch_warnings():
                # Keras deprecates things to itself, and a test suite may turn that into errors.
                warnings.simplefilter("ignore", DeprecationWarning)
                asked(self._subject)
        except SkippedError as skipped:
            return Result(title, asked.name, "skipped", str(skipped))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin's code does, the other checks go on
            return Result(title, asked.name, "failed", _reason(error), error)
        return Result(title, asked.name, "passed")


def _did_not_pass(result: Result) -> str:
    return "failed" if result.outcome == "failed" else "was skipped"


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, CheckFailedError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
