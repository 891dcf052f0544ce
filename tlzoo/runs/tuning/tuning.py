"""From a recipe to a better one: trials in a folder that a search can be resumed from, and one run of the chosen."""

from __future__ import annotations

import gc
import hashlib
import logging
import math
import shlex
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tlzoo.artifacts.formats.documents import parse_toml, read_plain
from tlzoo.durations import TimeBudget, parse_duration
from tlzoo.errors import BytesRefusedError, RunError, TlzooError, TrainingError, UsageError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.consent.user_code import remember_consent
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.executing.strategy_errors import report_strategy_errors
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.executing.train import resume, train_recipe
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.hashes import finish_folder, hash_beginning
from tlzoo.runs.journal import Journal, MetricsFile
from tlzoo.runs.opening.data_changes import (
    describe_backbone,
    describe_data,
    refuse_changed_backbone,
    refuse_changed_data,
)
from tlzoo.runs.opening.open_recipe import Opened, open_recipe
from tlzoo.runs.origin import check_origin, write_start
from tlzoo.runs.recipe import Recipe, read_recipe, write_recipe
from tlzoo.runs.result import read_result, result_text
from tlzoo.runs.run import Run, find_runs
from tlzoo.runs.tuning.folder import ABOUT, STUDY, About, change_about, check_hashes, read_about, write_about
from tlzoo.runs.tuning.search import Search, Trial, Tried
from tlzoo.runs.tuning.space import default_space, value_of, with_axes, with_values
from tlzoo.runs.verification import MOST_RECIPE

if TYPE_CHECKING:
    from tlzoo.data import Dataset
    from tlzoo.runs.tuning.space import Axis

__all__ = ["Tuning", "is_tuning", "resume_tuning", "tune_recipe"]

DEFAULT_TRIALS, MOST_TRIALS = 20, 1000


@dataclass(frozen=True)
class Tuning:
    """A search that came to its end, in its folder."""

    path: Path

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """Return what ``tlzoo tune --json`` printed; raise RunError for a search that is not finished."""
        return self._verified_result | {"folder": str(self.path), "run": str(self.run.path)}

    @property
    def recipe(self) -> Recipe:
        """The recipe that was chosen. Raises BytesRefusedError for a file that is not one, or not the search's."""
        check_hashes(self.path)
        path = _Folder(self.path).best
        return read_recipe(None, {}, base=parse_toml(read_plain(path, MOST_RECIPE), str(path)))

    @property
    def run(self) -> Run:
        """The run of the recipe that was chosen, the only one that was tested: within the tuning's own folder."""
        name = Path(str(self._verified_result.get("run"))).name
        for run in find_runs(_Folder(self.path).runs):
            if run.path.name == name:
                RunFolder.open(run.path)
                return run
        raise RunError(f"{self.path} has no run {name!r}", f"`tlzoo tune --resume {self.path}` makes one")

    @cached_property
    def _verified_result(self) -> dict[str, Any]:
        """The content of ``result.json``, once the documents of the folder have been compared with their hashes."""
        file = _Folder(self.path).result
        if not file.is_file():
            raise RunError(f"the search in {self.path} is not finished", f"run `tlzoo resume {self.path}`")
        check_hashes(self.path)
        return read_result(file)


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path

    @property
    def about(self) -> Path:
        return self.path / ABOUT

    @property
    def study(self) -> Path:
        return self.path / STUDY

    @property
    def trials(self) -> Path:
        return self.path / "trials"

    @property
    def best(self) -> Path:
        return self.path / "best.toml"

    @property
    def runs(self) -> Path:
        return self.path / "best"

    @property
    def result(self) -> Path:
        return self.path / "result.json"


def tune_recipe(
    recipe: Recipe,
    *,
    out: Path,
    trials: int | None = None,
    budget: TimeBudget | None = None,
    space: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Tuning:
    """Search for better options of a recipe in a new folder under ``out``; train and test the chosen one.

    At most ``trials`` are made (20, or as many as fit where there is a budget), and none is begun that would end after
    ``budget`` (``"5m"``, or seconds) of trials, going by the mean so far; the first is made whatever it takes.
    ``space`` goes over ``sensible_space``: ``{"rate": "1e-5..1e-2:log", "batch_size": "32"}``. Trials are judged on the
    validation split; the test split is looked at once, by the run of the chosen recipe. What is frozen is computed once
    for all trials.

    Raises UsageError for data without a validation split and a space that has no meaning for the recipe.
    """
    progress = progress or Silent()
    RunFolder.check_parent(out)
    seconds = _seconds(trials, budget)
    with usable_cache(progress):
        opened = open_recipe(recipe, progress)
        check_origin(opened)
        axes = with_axes(default_space(_judged(opened)), space or {}, opened)
        words = (opened.entry.id.rpartition("/")[2].partition(".")[0], opened.recipe.data, "tune")
        folder = RunFolder.create(out, *words)
        most = trials or (DEFAULT_TRIALS if seconds is None else MOST_TRIALS)
        about = {
            "recipe": opened.recipe.model_dump(mode="json", exclude_none=True),
            "space": {name: str(axis) for name, axis in axes.items()},
            "data": describe_data(opened.data),
            "backbone": describe_backbone(opened.entry, opened.recipe),
        }
        with folder.lock():
            tuner = _Tuner(_Folder(folder.path), opened, axes, progress)
            remember_consent(opened.recipe)
            write_about(folder.path, about | {"trials": most, "budget": seconds})
            try:
                return tuner.go(most, seconds)
            except TlzooError:
                if not tuner.tried:
                    shutil.rmtree(folder.path, ignore_errors=True)
                raise


def is_tuning(path: Path) -> bool:
    """Return whether a folder holds a search."""
    return _Folder(path).about.is_file()


def resume_tuning(
    path: Path, *, trials: int | None = None, budget: TimeBudget | None = None, progress: Progress | None = None
) -> Tuning:
    """Go on with a search that was interrupted, or further with one that was not: bounds that are given replace its.

    An interrupted trial goes on at its last finished epoch. Raises RunError where the folder holds no search, or its
    data or its backbone has changed.
    """
    progress = progress or Silent()
    folder = _Folder(path)
    if not folder.about.is_file():
        raise RunError(f"{path} is no search: it has no {folder.about.name}", "give the folder that `tlzoo tune` named")
    seconds = _seconds(trials, budget)
    with usable_cache(progress), RunFolder(path).lock():
        about = read_about(path)
        if trials is None and seconds is None:
            trials, seconds = about.trials, about.budget
        trials = MOST_TRIALS if trials is None else trials
        opened = open_recipe(about.recipe, progress)
        refuse_changed_data(about.data, opened.data)
        refuse_changed_backbone(about.backbone, opened.entry, opened.recipe, path)
        axes = _axes(about, opened, path)
        change_about(path, trials=trials, budget=seconds)
        return _Tuner(folder, opened, axes, progress).go(trials, seconds)


def _axes(about: About, opened: Opened, path: Path) -> dict[str, Axis]:
    """Return the space that was searched; raise BytesRefusedError for one that no search of this recipe has."""
    try:
        return with_axes({}, about.space, opened)
    except UsageError as error:
        raise BytesRefusedError(f"{path / ABOUT} is damaged: {error.what}", "tune again") from error


def _seconds(trials: int | None, budget: TimeBudget | None) -> float | None:
    """Check the bounds of a search; return its time budget in seconds."""
    if trials is not None and not 1 <= trials <= MOST_TRIALS:
        raise UsageError(f"{trials} trials", f"ask for 1 to {MOST_TRIALS}")
    return None if budget is None else parse_duration(budget, "budget")


def _judged(opened: Opened) -> Opened:
    if not opened.sizes:
        raise UsageError(
            f"{opened.recipe.data} is an environment, and trials are judged on labels",
            "train with each option; `tlzoo runs` lists the results side by side",
        )
    if not opened.sizes["validation"]:
        raise UsageError(
            f"{opened.recipe.data} has no validation split to judge trials by",
            "give more labels: five a class, of which one is for validation",
        )
    return opened


@dataclass(frozen=True, slots=True)
class _Quiet:
    """Shows progress and says nothing: what a trial has to note, the first opening of the recipe has said."""

    progress: Progress

    def track(self, what: str, total: int, unit: str) -> Any:
        return self.progress.track(what, total, unit)

    def note(self, text: str) -> None:
        """Say nothing."""


@dataclass(slots=True)
class _Tuner:
    folder: _Folder
    opened: Opened
    axes: Mapping[str, Axis]
    progress: Progress
    tried: int = 0

    def go(self, trials: int, budget: float | None) -> Tuning:
        try:
            search = Search(self.folder.study, self.axes, self.opened.recipe.seed)
            with _without_advice():
                self._try_all(search, trials, budget)
                run = self._train(self._choose(search.tried()))
        except KeyboardInterrupt as error:
            path = shlex.quote(str(self.folder.path))
            raise KeyboardInterrupt(f"interrupted; `tlzoo tune --resume {path}` goes on") from error
        self._conclude(search.tried(), run)
        return Tuning(self.folder.path)

    def _try_all(self, search: Search, trials: int, budget: float | None) -> None:
        first = {name: value_of(self.opened.recipe, name) for name in self.axes}
        with self.progress.track("trials", trials, "trials") as advance:
            tried = search.tried()
            advance(len(tried))
            while len(tried) < trials and not _over(budget, [each.seconds for each in tried]):
                trial = search.ask(first)
                known = {each.recipe: each for each in tried}
                search.tell(trial, self._try(trial, known))
                tried = search.tried()
                self.tried = len(tried)
                self._remove_trials()
                advance(1)

    def _try(self, trial: Trial, known: Mapping[str, Tried]) -> Tried:
        """Run a trial to its score; what was tried before has one already. Errors of the first one are the user's."""
        began, named = time.perf_counter(), ""
        try:
            opened = self._opened(trial.values)
            named = hashlib.sha256(opened.recipe.to_toml().encode()).hexdigest()[:16]
            if named in known:
                same = known[named]
                return Tried(trial.number, trial.values, same.score, same.noise, 0.0, named, same.reason)
            score, noise = self._score(opened, self.folder.trials / named)
        except TlzooError as error:
            of_user = trial.number == 0 and not isinstance(error, TrainingError)
            if of_user or isinstance(error, BytesRefusedError):
                raise
            return Tried(trial.number, trial.values, None, None, time.perf_counter() - began, named, str(error))
        return Tried(trial.number, trial.values, score, noise, time.perf_counter() - began, named)

    def _opened(self, values: Mapping[str, Any]) -> Opened:
        """Return the recipe with these values, resolved; raise UsageError for a value of a wrong kind."""
        try:
            recipe = with_values(self.opened.recipe, values)
        except ValidationError as error:
            wrong = error.errors()[0]
            raise UsageError(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}", "change the space") from error
        return open_recipe(recipe, _Quiet(self.progress), self._data)

    def _score(self, opened: Opened, path: Path) -> tuple[float, float]:
        """Train a recipe, without test and export; return its score on the validation split and the standard error.

        A trial that was interrupted is verified as an unfinished run is, and goes on.
        """
        quiet = _Quiet(self.progress)
        folder = RunFolder(path)
        if folder.recipe.is_file():
            RunFolder.open(path, "checkpoints")
        else:
            folder.path.mkdir(parents=True, exist_ok=True)
            write_start(opened, folder.checkpoints)
            write_recipe(folder.recipe, opened.recipe)
            hash_beginning(folder.path)
        trainer = opened.trainer()
        state = trainer.prepare(opened.setup(folder.checkpoints, quiet))
        journal, metrics = Journal(folder.journal), MetricsFile(folder.metrics)
        kept = drive(
            trainer,
            state,
            report_strategy_errors(opened.strategy),
            journal,
            metrics,
            quiet.note,
            seconds=opened.recipe.seconds,
            checkpoints=folder.checkpoints,
        ).kept
        del state
        gc.collect()  # a network refers to itself, and there may be many
        if math.isnan(kept.score):
            raise RunError("the trial has no score")
        return kept.score, kept.noise

    @property
    def _data(self) -> Dataset:
        from tlzoo.data import Dataset

        assert isinstance(self.opened.data, Dataset)  # it has a validation split
        return self.opened.data

    def _remove_trials(self) -> None:
        """Remove what ended trials left: their scores are in the study, their weights are of no use."""
        shutil.rmtree(self.folder.trials, ignore_errors=True)

    def _choose(self, tried: list[Tried]) -> Recipe:
        recipe = self._opened(_best(tried).values).recipe
        write_recipe(self.folder.best, recipe)
        return recipe

    def _train(self, recipe: Recipe) -> Run:
        """Run the chosen recipe to its end, going on with an interrupted run of it."""
        for run in find_runs(self.folder.runs):
            if RunFolder.open(run.path) and run.recipe.to_toml() == recipe.to_toml():
                finished = RunFolder(run.path).result.exists()
                return run if finished else resume(run.path, progress=self.progress)
        return train_recipe(recipe, out=self.folder.runs, progress=self.progress)

    def _conclude(self, tried: list[Tried], run: Run) -> None:
        best = _best(tried)
        result = {
            "backbone": self.opened.entry.id,
            "strategy": self.opened.recipe.strategy.name,
            "head": self.opened.recipe.head.name,
            "data": self.opened.recipe.data,
            "seed": self.opened.recipe.seed,
            "task": self.opened.data.task.kind,
            "space": {name: str(axis) for name, axis in self.axes.items()},
            "trials": [_line(each) for each in tried],
            "best": _line(best),
            "recipe": str(self.folder.best),
            "run": str(run.path),
            "validation": run.result["validation"],
            "test": dict(run.test),
            "seconds": round(sum(each.seconds for each in tried), 3),
        }
        finish_folder(self.folder.path, result_text(result), outside=("best", "trials"))


@contextmanager
def _without_advice() -> Iterator[None]:
    """Leave out TensorFlow's advice to trace functions once, which many trainings in one process call forth."""
    logger = logging.getLogger("tensorflow")

    def wanted(record: logging.LogRecord) -> bool:
        return "tf.function retracing" not in record.getMessage()

    logger.addFilter(wanted)
    try:
        yield
    finally:
        logger.removeFilter(wanted)


def _over(budget: float | None, seconds: list[float]) -> bool:
    """Say whether another trial, as long as the mean one, would go over the budget."""
    return budget is not None and bool(seconds) and sum(seconds) * (1 + 1 / len(seconds)) > budget


def _best(tried: list[Tried]) -> Tried:
    """Return the trial of the highest score, the first of equals."""
    scored = [each for each in tried if each.score is not None]
    if not scored:
        raise RunError("no trial came to a score", "see the reasons with --json, or change the space")
    return max(scored, key=lambda each: (each.score, -each.number))


def _line(tried: Tried) -> dict[str, Any]:
    return {
        "number": tried.number,
        "score": tried.score,
        "noise": tried.noise,
        "seconds": round(tried.seconds, 3),
        "options": dict(tried.values),
        "reason": tried.reason,
    }
