"""Many inputs of one kind: drawn, fed, and their ends counted."""

from __future__ import annotations

import os
import signal
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from made_hostile.contract import Kind
from made_hostile.worker import Worker
from tlzoo.errors import TlzooError

_LONGEST_LINE = 2000  # beside what it quotes of the input


class HungError(BaseException):
    """An input took longer than it may; no handler of ordinary errors catches this."""


class OverError(BaseException):
    """The time for a kind is over: inputs that were not drawn yet are not drawn any more."""


@dataclass
class Campaign:
    """What came of a kind's inputs: how many of each end, and the first defect of each sort, with its input."""

    kind: str
    ends: Counter[str] = field(default_factory=Counter)
    defects: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def inputs(self) -> int:
        """How many inputs were fed."""
        return sum(self.ends.values())

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {end}" for end, count in sorted(self.ends.items()))
        return f"{self.kind}: {self.inputs} inputs in {self.seconds:.0f} s: {counts or 'none'}"


def run_campaign(kind: Kind, count: int, *, start: int = 0, at_most: float = float("inf")) -> Campaign:
    """Feed ``count`` inputs of a kind, the same for the same ``start``, for ``at_most`` seconds.

    No example database is read or written, and nothing is shrunk: an input is kept as it was drawn.
    """
    campaign = Campaign(kind.name)
    feeding = _isolated(kind) if kind.isolated else _here(kind)
    with feeding as feed:
        began = time.monotonic()

        @seed(start)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(kind.draw)
        def one(drawn: Any) -> None:
            if time.monotonic() - began > at_most:
                raise OverError
            end, detail = feed(drawn)
            campaign.ends[end] += 1
            if end == "DEFECT":
                campaign.defects.setdefault(_sort_of(detail), f"{detail}\n\ninput: {drawn!r}")

        with suppress(OverError):
            one()
    campaign.seconds = time.monotonic() - began
    return campaign


def feed_one(kind: Kind, drawn: Any) -> tuple[str, str]:
    """Feed one input, in a folder of its own, and return how it ended."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "in", "here")
        folder.mkdir(parents=True)
        os.chdir(folder)
        try:
            with _limited(kind.seconds), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                kind.feed(drawn, folder)
        except TlzooError as error:
            return _line(str(error), drawn)
        except HungError:
            return "DEFECT", f"HungError: more than {kind.seconds:g} s\n{traceback.format_exc()}"
        except Exception:  # noqa: BLE001 - every other end is a defect
            return "DEFECT", traceback.format_exc()
        finally:
            os.chdir(here)
    return "results", ""


def _line(said: str, drawn: Any) -> tuple[str, str]:
    """Judge an error's line: it says something, and no more than can be read, beside what it quotes of the input."""
    if len(said) > _LONGEST_LINE + len(repr(drawn)):
        return "DEFECT", f"a line of {len(said)} characters: {said[:200]}…"
    if not said.strip():
        return "DEFECT", "an empty line"
    return "refusals", said


def _sort_of(detail: str) -> str:
    """Return what defects of one cause have in common: the error's kind and where it was raised."""
    lines = detail.strip().split("\n")
    places = [line.strip() for line in lines if line.strip().startswith("File ")]
    return f"{lines[-1][:80]} | {places[-1] if places else ''}"


@contextmanager
def _here(kind: Kind) -> Iterator[Any]:
    yield lambda drawn: feed_one(kind, drawn)


@contextmanager
def _isolated(kind: Kind) -> Iterator[Any]:
    with Worker(kind.name, kind.seconds) as worker:
        yield worker.feed


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise HungError in the main thread when the time is over."""

    def over(_number: int, _frame: object) -> None:
        raise HungError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
