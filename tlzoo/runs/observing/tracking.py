"""Trackers of a run: selected by name, called during training, and dropped if they fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tlzoo.errors import TlzooError, UsageError, did_you_mean
from tlzoo.runs.files.events import LONGEST_KEY
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.observing.tracker_thread import TrackerThread
from tlzoo.trackers import TrackedRun, Tracker

if TYPE_CHECKING:
    from tlzoo.runs.files.folder import RunFolder
    from tlzoo.runs.recipe import Recipe

__all__ = ["Tracking", "make_trackers", "track", "tracker_name"]

_NONE = "none"
_FILES = {"recipe": "recipe.toml", "model": "model.keras", "report": "report.html"}
_LONGER_FOR_FILES = 10
_SECONDS_AT_CTRL_C = 10.0
_NOT_FIGURES = frozenset({"epoch", "phase", "position"})


def make_trackers(given: Any) -> tuple[Tracker, ...] | None:
    """Return trackers from names, mappings of ``name`` and options, or objects: a single one, or a list.

    ``./file.py:Class`` names a class of your own; this is consent to run its code. Returns None if nothing is given,
    and an empty result for ``"none"``. Raises UsageError for an unknown name or option.
    """
    if given is None:
        return None
    if isinstance(given, str):
        given = [each.strip() for each in given.split(",") if each.strip()]
    several = given if isinstance(given, list | tuple) else [given]
    made = tuple(_made(each) for each in several if each != _NONE)
    names = list(map(tracker_name, made))
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"the tracker {name!r} is given twice", "give it only once")
    return made


def _made(given: Any) -> Tracker:
    from pydantic import ValidationError

    from tlzoo.plugins import registered
    from tlzoo.runs.opening.components import find_class
    from tlzoo.runs.recipe_errors import explain_value

    if isinstance(given, Tracker):
        return given
    name, options = (given.get("name"), dict(given)) if isinstance(given, Mapping) else (given, {})
    options.pop("name", None)
    if not isinstance(name, str):
        raise UsageError(
            f"{given!r:.60} is not a tracker", 'give a name, a mapping such as {"name": "mlflow"}, or an object'
        )
    if ":" in name:
        kind: type[Tracker] = find_class(name, (Tracker,))
    else:
        known: dict[str, type[Tracker]] = {each.name: each.value for each in registered("tlzoo_trackers")}
        if name not in known:
            raise UsageError(f"no tracker {name!r}", did_you_mean(name, known))
        kind = known[name]
    try:
        return kind.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"][:1]))
        if first["type"] == "extra_forbidden":
            raise UsageError(
                f"tracker {name!r} has no option {field!r}", did_you_mean(field, kind.model_fields)
            ) from error
        raise UsageError(f"tracker {name!r}, option {field!r}: {explain_value(first)}") from error


@contextmanager
def track(
    given: tuple[Tracker, ...] | None,
    folder: RunFolder,
    recipe: Recipe,
    journal: Journal,
    note: Callable[[str], None],
) -> Iterator[Tracking]:
    """Yield the started trackers of a run, and finish them; by default those that the run was started with."""
    trackers = tuple(_again(journal, note)) if given is None else given
    tracking = Tracking(trackers, note)
    run = TrackedRun(folder.path.name, folder.path.resolve(), _parameters(recipe))
    try:
        tracking.start(run, journal, epochs=len(MetricsFile(folder.metrics).lines) if trackers else 0)
        yield tracking
    except KeyboardInterrupt:
        tracking.finish("interrupted")
        raise
    except BaseException:
        tracking.finish("failed")
        raise


class Tracking:
    """The trackers of a run. A tracker that fails or does not answer is reported once and not called again."""

    def __init__(self, trackers: Sequence[Tracker], note: Callable[[str], None]) -> None:
        """Take trackers, which ``start`` starts."""
        self._given = {tracker_name(each): each for each in trackers}
        self._active: dict[str, Tracker] = {}
        self._threads: dict[str, TrackerThread] = {}
        self._note = note
        self._step = 0

    def start(self, run: TrackedRun, journal: Journal, *, epochs: int) -> None:
        """Start the trackers of a run that has trained this number of epochs.

        The journal records each tracker's key, so that a resumed run continues the same tracked run.
        """
        self._step = epochs
        for name, tracker in self._given.items():
            self._active[name], self._threads[name] = tracker, TrackerThread(name)
            known = journal.find("tracker", name=name)
            started = self._call(name, _start, tracker, run, None if known is None else known["key"])
            if name in self._active and (known is None or known["key"] != started):
                is_default = tracker.model_dump() == type(tracker).model_construct().model_dump()
                journal.append("tracker", name=name, key=started, **({} if is_default else {"configured": True}))

    def tracks_with(self, name: str) -> bool:
        """Return whether the tracker of this name is active."""
        return name in self._active

    def log_epoch(self, line: Mapping[str, Any]) -> None:
        """Log a line of ``metrics.jsonl``."""
        self._step += 1
        figures = {name: float(value) for name, value in line.items() if _is_figure(name, value)}
        for name, each in list(self._active.items()):
            self._call(name, each.log_epoch, str(line.get("phase")), int(line.get("epoch", 0)), self._step, figures)

    def log_result(self, folder: RunFolder, result: Mapping[str, Any]) -> None:
        """Log the metrics on the test split and the files of a run, and finish."""
        figures = dict(_test_figures(result.get("test") or {}))
        for name, each in list(self._active.items()):
            self._call(name, each.log_result, figures)
            for kind, file in _FILES.items():
                if (folder.path / file).is_file():
                    seconds = each.seconds_to_answer * _LONGER_FOR_FILES
                    self._call(name, each.log_file, folder.path.resolve() / file, kind, seconds=seconds)
        self.finish("finished")

    def finish(self, status: str) -> None:
        """End tracking. An interrupted run does not wait long."""
        for name, each in list(self._active.items()):
            seconds = each.seconds_to_answer
            self._call(
                name, each.finish, status, seconds=min(seconds, _SECONDS_AT_CTRL_C) if status != "finished" else seconds
            )
        for name in self._active:
            self._threads[name].end()
        self._active.clear()

    def _call(self, name: str, method: Callable[..., Any], *arguments: Any, seconds: float | None = None) -> Any:
        if name not in self._active:
            return None
        try:
            limit = self._active[name].seconds_to_answer if seconds is None else seconds
            return self._threads[name].call(limit, method, *arguments)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - no error of a tracker stops the run
            del self._active[name]
            self._threads[name].end()
            said = " ".join(str(error).split())
            kind = "" if isinstance(error, TlzooError) else f"{type(error).__name__}: "
            self._note(f"the tracker {name} failed; the run continues without it: {kind}{said:.300}")
            return None


def tracker_name(tracker: Tracker) -> str:
    """Return the name of a tracker, or of its class if it has none."""
    return getattr(type(tracker), "name", "") or type(tracker).__name__


def _start(tracker: Tracker, run: TrackedRun, key: str | None) -> str | None:
    """Start a tracker, and return its key for the journal."""
    started = tracker.start(run, key)
    if started is None:
        return None
    if not isinstance(started, str) or len(started) > LONGEST_KEY:
        raise TypeError(f"start() returned {started!r:.60}, not a key of up to {LONGEST_KEY} characters")
    return started


def _again(journal: Journal, note: Callable[[str], None]) -> Iterator[Tracker]:
    """Yield the trackers that the run was started with; print a note for those that need more than a name."""
    for event in {each["name"]: each for each in journal.events if each["event"] == "tracker"}.values():
        try:
            is_own = event.get("configured") or ":" in event["name"]  # a journal is not consent to run code
            again = None if is_own else _made(event["name"])
        except UsageError:
            again = None
        if again is None:
            note(
                f"the run was tracked by {event['name']} and continues without it; "
                "give the tracker with its options again: `tlzoo.resume(…, tracker=…)`"
            )
        else:
            yield again


def _parameters(recipe: Recipe) -> dict[str, str | int | float | bool]:
    """Return the fields of a recipe as plain values, with options of heads and others as ``head.NAME``."""
    found: dict[str, str | int | float | bool] = {}
    for name, value in recipe.model_dump(mode="json", exclude_none=True).items():
        if isinstance(value, dict) and "name" in value:
            found[name] = str(value["name"])
            found |= {f"{name}.{key}": _plain(each) for key, each in value.items() if key != "name"}
        elif value not in ([], {}):
            found[name] = _plain(value)
    return found


def _plain(value: Any) -> str | int | float | bool:
    return value if isinstance(value, str | int | float | bool) else json.dumps(value)


def _is_figure(name: str, value: Any) -> bool:
    return name not in _NOT_FIGURES and isinstance(value, int | float) and not isinstance(value, bool)


def _test_figures(test: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in {**test, **test.get("keras_metrics", {})}.items():
        if _is_figure(name, value):
            yield f"test_{name}", float(value)
