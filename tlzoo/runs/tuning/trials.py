"""Trials of a search, one after another, and the run of the best recipe."""

from __future__ import annotations

import gc
import hashlib
import math
import shlex
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tlzoo.errors import BytesRefusedError, RunError, TlzooError, TrainingError, UsageError
from tlzoo.progress import Progress
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.executing.many_runs import Quiet, without_retracing_advice
from tlzoo.runs.executing.strategy_errors import report_strategy_errors
from tlzoo.runs.executing.train import resume, train_recipe
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.hashes import finish_folder, hash_beginning
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.files.result import result_text
from tlzoo.runs.opening.open_recipe import Opened, open_recipe
from tlzoo.runs.opening.origin import write_start
from tlzoo.runs.opening.setup import make_setup
from tlzoo.runs.recipe import Recipe, write_recipe
from tlzoo.runs.run import Run, find_runs
from tlzoo.runs.tuning.folder import (
    TuningFolder,
)
from tlzoo.runs.tuning.result import Tuning
from tlzoo.runs.tuning.search import Search, Trial, Tried
from tlzoo.runs.tuning.space import value_of, with_values

if TYPE_CHECKING:
    from tlzoo.data import Dataset
    from tlzoo.runs.tuning.space import Axis

__all__ = ["Tuner"]


@dataclass(slots=True)
class Tuner:
    """Runs trials in a folder, then trains and tests the best recipe.

    ``nested`` runs the searches of nested folds, and returns their figures.
    """

    folder: TuningFolder
    opened: Opened
    axes: Mapping[str, Axis]
    progress: Progress
    nested: Callable[[int, float | None], Mapping[str, Any]] | None = None
    tried: int = 0

    def go(self, trials: int, budget: float | None) -> Tuning:
        """Run trials up to the maximum number or the time budget (seconds); return the finished search."""
        try:
            search = Search(self.folder.study, self.axes, self.opened.recipe.seed)
            with without_retracing_advice():
                self._try_all(search, trials, budget)
                run = self._train(self._choose(search.tried()))
                self._conclude(search.tried(), run, None)
                if self.nested is not None:
                    self._conclude(search.tried(), run, self._nested(self.nested, trials, budget))
        except KeyboardInterrupt as error:
            raise KeyboardInterrupt(f"interrupted; resume with {self._resume}") from error
        return Tuning(self.folder.path)

    @property
    def _resume(self) -> str:
        return f"`tlzoo tune --resume {shlex.quote(str(self.folder.path))}`"

    def _nested(
        self, search: Callable[[int, float | None], Mapping[str, Any]], trials: int, budget: float | None
    ) -> Mapping[str, Any]:
        """Run the searches of nested folds. If one fails, the result of the search itself is already written."""
        try:
            return search(trials, budget)
        except Exception:
            self.progress.note(
                f"the nested folds failed; the result of the search is in {self.folder.path}. Fix the error, then "
                f"continue with {self._resume}"
            )
            raise

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
        """Run a trial and record its score; a finished trial is skipped. Errors of the first one go to the user."""
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
        """Return the resolved recipe with these values; raise UsageError for a wrong type."""
        try:
            recipe = with_values(self.opened.recipe, values)
        except ValidationError as error:
            wrong = error.errors()[0]
            raise UsageError(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}", "change the space") from error
        return open_recipe(recipe, Quiet(self.progress), self._data)

    def _score(self, opened: Opened, path: Path) -> tuple[float, float]:
        """Train a recipe, without test and export; return its score on the validation split and the standard error.

        An interrupted trial is verified like an unfinished run, and resumed.
        """
        quiet = Quiet(self.progress)
        folder = RunFolder(path)
        if folder.recipe.is_file():
            RunFolder.open(path, "checkpoints")
        else:
            folder.path.mkdir(parents=True, exist_ok=True)
            write_start(opened, folder.checkpoints)
            write_recipe(folder.recipe, opened.recipe)
            hash_beginning(folder.path)
        trainer = opened.trainer
        state = trainer.prepare(make_setup(opened, folder.checkpoints, quiet))
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
        gc.collect()  # networks have reference cycles, and there may be many
        if math.isnan(kept.score):
            raise RunError("the trial has no score")
        return kept.score, kept.noise

    @property
    def _data(self) -> Dataset:
        data = self.opened.data.labelled
        assert data is not None  # there is a validation split
        return data

    def _remove_trials(self) -> None:
        """Remove the runs of finished trials: their scores are in the study, and their weights are not needed."""
        shutil.rmtree(self.folder.trials, ignore_errors=True)

    def _choose(self, tried: list[Tried]) -> Recipe:
        recipe = self._opened(_best(tried).values).recipe
        write_recipe(self.folder.best, recipe)
        return recipe

    def _train(self, recipe: Recipe) -> Run:
        """Run the best recipe to its end, resuming an interrupted run of it."""
        for run in find_runs(self.folder.runs):
            if RunFolder.open(run.path) and run.recipe.to_toml() == recipe.to_toml():
                finished = RunFolder(run.path).result.exists()
                return run if finished else resume(run.path, progress=self.progress)
        return train_recipe(recipe, out=self.folder.runs, progress=self.progress)

    def _conclude(self, tried: list[Tried], run: Run, nested: Mapping[str, Any] | None) -> None:
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
            "nested": nested,
            "seconds": round(sum(each.seconds for each in tried), 3),
        }
        finish_folder(self.folder.path, result_text(result), outside=("best", "trials", "nested"))


def _over(budget: float | None, seconds: list[float]) -> bool:
    """Return whether another trial of mean duration would exceed the budget."""
    return budget is not None and bool(seconds) and sum(seconds) * (1 + 1 / len(seconds)) > budget


def _best(tried: list[Tried]) -> Tried:
    """Return the trial with the highest score, the first one among equals."""
    scored = [each for each in tried if each.score is not None]
    if not scored:
        raise RunError("no trial has a score", "see the reasons with --json, or change the space")
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
