"""Checks and sessions: a check is a function with a name and a description; a session runs each at most once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, final

from tlzoo.testing.outcome import CheckFailedError, Report, Result, SkippedError

__all__ = ["Check", "Session", "Subject", "check"]


class Subject(Protocol):
    """The subject of checks."""

    @property
    def title(self) -> str:
        """Its name in a report."""
        ...


S = TypeVar("S", bound=Subject)


@final
@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """One property to check.

    ``function`` returns if the property holds, raises SkippedError if it cannot be checked here, and fails by raising
    any other exception. ``needs`` are other checks; if one of them does not pass, this check is skipped.
    """

    name: str
    proves: str
    function: Callable[[S], None]
    needs: tuple[Check[S], ...] = ()

    def __call__(self, subject: S) -> None:
        """Run the check on a subject."""
        self.function(subject)


def check(*needs: Check[Any]) -> Callable[[Callable[[S], None]], Check[S]]:
    """Create a check from a function: its name with hyphens, and its docstring as the description.

    Args:
        needs: Checks that have to pass first; otherwise this one is skipped.

    Returns:
        A decorator.

    Raises:
        TypeError: If the function has no docstring.
    """

    def make(function: Callable[[S], None]) -> Check[S]:
        if not function.__doc__:
            raise TypeError(f"the check {function.__name__!r} needs a docstring that describes it")
        proves = " ".join(function.__doc__.split())
        return Check(function.__name__.replace("_", "-"), proves, function, needs)

    return make


@final
class Session(Generic[S]):
    """Runs checks on one subject and stores their results."""

    def __init__(self, subject: S, tell: Callable[[Result], None] = lambda _result: None) -> None:
        """Report each result immediately."""
        self._subject = subject
        self._tell = tell
        self._results: dict[str, Result] = {}

    def report(self, checks: Iterable[Check[S]]) -> Report:
        """Run these checks, in order, and return their results."""
        return Report.of([self.result(each) for each in checks])

    def result(self, asked: Check[S]) -> Result:
        """Return the result of a check, after running it and the checks that it needs, unless done before."""
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
                # Keras uses its own deprecated functions, and a test suite may turn warnings into errors.
                warnings.simplefilter("ignore", DeprecationWarning)
                asked(self._subject)
        except SkippedError as skipped:
            return Result(title, asked.name, "skipped", str(skipped))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - any error of a plugin's code; other checks continue
            return Result(title, asked.name, "failed", _reason(error), error)
        return Result(title, asked.name, "passed")


def _did_not_pass(result: Result) -> str:
    return "failed" if result.outcome == "failed" else "was skipped"


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, CheckFailedError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
