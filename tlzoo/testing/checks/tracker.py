"""Conformance checks of a tracker: it follows a run from start to end, and continues a resumed run."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, final

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.reference import ReferenceSubject
from tlzoo.testing.session import Check, check

if TYPE_CHECKING:
    from tlzoo.trackers import TrackedRun, Tracker

__all__ = ["TRACKER_CHECKS", "TrackerSubject", "follows_a_run", "goes_on_with_a_run", "is_described"]

_LONGEST = 1000
_FIGURES = {"loss": 0.5, "val_accuracy": 0.9, "undefined": float("nan")}
_FILES = {"recipe.toml": "recipe", "report.html": "report"}


@final
class TrackerSubject(ReferenceSubject):
    """A tracker by its registered name, ``module:Class`` or ``./file.py:Class``, with its default options."""

    @cached_property
    def kind(self) -> type[Tracker]:
        """The class of the tracker."""
        from tlzoo.plugins import registered
        from tlzoo.runs.opening.components import find_class
        from tlzoo.trackers import Tracker

        if ":" in self._reference:
            found: type[Tracker] = find_class(self._reference, (Tracker,))
            return found
        known = {each.name: each.value for each in registered("tlzoo_trackers")}
        if self._reference not in known:
            raise UsageError(f"no tracker {self._reference!r}", did_you_mean(self._reference, known))
        known_class: type[Tracker] = known[self._reference]
        return known_class

    def start(self, run: TrackedRun, key: str | None) -> tuple[Tracker, str | None]:
        """Return a started tracker and its key; skip the check if its service is not available."""
        tracker = self.kind()
        try:
            return tracker, tracker.start(run, key)
        except (ImportError, OSError, UsageError) as error:
            raise SkippedError(f"the tracker cannot start here: {' '.join(str(error).split())}") from error


@contextmanager
def _run() -> Iterator[TrackedRun]:
    """Yield a synthetic run in a separate folder."""
    from tlzoo.trackers import TrackedRun

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "20260101-000000-check")
        path.mkdir()
        for name in _FILES:
            (path / name).write_text("seed = 0\n")
        yield TrackedRun(path.name, path, {"strategy": "fine-tune", "strategy.rate": 1e-4, "seed": 0})


@check()
def is_described(subject: TrackerSubject) -> None:
    """Check that it has a name and a docstring, and can be created without options."""
    tracker = subject.kind()
    expect(bool(tracker.name), 'the tracker has no name: set name = "…" in the class')
    expect(bool(inspect.getdoc(subject.kind)), "the tracker has no docstring, which listings show")


@check(is_described)
def follows_a_run(subject: TrackerSubject) -> None:
    """Check that it logs two phases, including metrics that are not finite, results and files, and finishes."""
    with _run() as run:
        tracker, key = subject.start(run, None)
        expect(key is None or isinstance(key, str), f"start() returned {key!r}, which is neither a string nor None")
        expect(len(key or "") <= _LONGEST, f"the key has more than {_LONGEST} characters")
        for step, (phase, epoch) in enumerate((("head", 1), ("head", 2), ("everything", 1)), start=1):
            tracker.log_epoch(phase, epoch, step, dict(_FIGURES))
        tracker.log_result({"test_accuracy": 0.8})
        for name, kind in _FILES.items():
            tracker.log_file(run.folder / name, kind)
        tracker.finish("finished")
        changed = [name for name in _FILES if (run.folder / name).read_text() != "seed = 0\n"]
        expect(not changed, f"the tracker changed {', '.join(changed)}")


@check(follows_a_run)
def goes_on_with_a_run(subject: TrackerSubject) -> None:
    """Check that after an interruption another object continues the same tracked run."""
    with _run() as run:
        tracker, key = subject.start(run, None)
        tracker.log_epoch("head", 1, 1, dict(_FIGURES))
        tracker.finish("interrupted")
        again, other = subject.start(run, key)
        again.log_epoch("head", 2, 2, dict(_FIGURES))
        again.finish("failed")
        expect(other == key, f"start() returned the key {other!r} for the run with the key {key!r}")


TRACKER_CHECKS: tuple[Check[TrackerSubject], ...] = (is_described, follows_a_run, goes_on_with_a_run)
