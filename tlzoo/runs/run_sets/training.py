"""Train a recipe several times with different seeds or folds, in one folder."""

from __future__ import annotations

import gc
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.errors import BytesRefusedError, RunError, UsageError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.consent.user_code import remember_consent
from tlzoo.runs.executing.cleanup import can_resume
from tlzoo.runs.executing.many_runs import Once, quick_collection, without_retracing_advice
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.executing.train import resume_opened, train_opened
from tlzoo.runs.files.collection import write_document
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.hashes import finish_folder
from tlzoo.runs.files.result import result_text
from tlzoo.runs.observing.observers import NOBODY, Observers
from tlzoo.runs.opening.data_changes import (
    describe_backbone,
    describe_data,
    refuse_changed_backbone,
    refuse_changed_data,
)
from tlzoo.runs.opening.memory import give_again
from tlzoo.runs.opening.open_recipe import Opened, open_recipe
from tlzoo.runs.opening.shared_backbone import SharedBackbone
from tlzoo.runs.recipe import Recipe
from tlzoo.runs.run import Run
from tlzoo.runs.run_sets.folder import RESTORE, Member, RunSetFolder, members, read_set
from tlzoo.runs.run_sets.report import write_set_report
from tlzoo.runs.run_sets.result import RunSet
from tlzoo.runs.run_sets.summary import summarize_set

if TYPE_CHECKING:
    from tlzoo.data import DataLike, Samples

__all__ = ["resume_run_set", "train_run_set"]


def train_run_set(
    recipe: Recipe,
    *,
    seeds: int | None = None,
    folds: int | None = None,
    out: Path,
    samples: Samples | None = None,
    progress: Progress | None = None,
    observers: Observers = NOBODY,
) -> RunSet:
    """Train a recipe with several seeds, or on the folds of a cross-validation, in a new folder.

    Each run is the one that ``train_recipe`` gives for its seed or fold. The data are read once, and cached features
    are used by all runs. Unless the recipe names export formats, runs have neither model nor report: their metrics are
    the purpose.

    Args:
        recipe: The recipe.
        seeds: Number of seeds, counted up from that of the recipe.
        folds: Number of folds, instead of seeds.
        out: Parent of the folder.
        samples: The samples of the recipe's data if they have been read already.
        progress: Receives progress and notes.
        observers: Callbacks and trackers of every run.

    Returns:
        The finished set.

    Raises:
        UsageError: If a number or the recipe is invalid.
        DataError: If the data cannot be split into these folds.
        TrainingError: If a run fails.
    """
    progress = Once(progress or Silent())
    if "export" not in recipe.model_fields_set:
        recipe = recipe.model_copy(update={"export": ()})
    start = next(members(recipe, seeds, folds))
    _refuse_fixed_splits(recipe, folds)
    RunFolder.check_parent(out)
    with usable_cache(progress):
        first = open_recipe(start.recipe, progress, samples)
        recipe = first.recipe.model_copy(update={"seed": recipe.seed, "fold": None})
        runs = list(members(recipe, seeds, folds))
        opened = _open_all(runs, first, progress)
        words = (first.entry.id.rpartition("/")[2].partition(".")[0], recipe.data, "seeds" if seeds else "folds")
        folder = RunFolder.create(out, *words)
        with folder.lock():
            remember_consent(first.recipe)
            path = RunSetFolder(folder.path)
            described = {
                "recipe": recipe.model_dump(mode="json", exclude_none=True),
                "data": describe_data(first.data),
                "backbone": describe_backbone(first.entry, first.recipe),
                "seeds": seeds,
                "folds": folds,
            }
            write_document(path.document, described)
            return _Trainer(path, runs, opened, seeds, progress, observers, is_new=True).go()


def resume_run_set(
    path: Path,
    *,
    data: DataLike | None = None,
    target: DataLike | None = None,
    target_test: DataLike | None = None,
    progress: Progress | None = None,
    observers: Observers = NOBODY,
) -> RunSet:
    """Resume an interrupted run set: finished runs are kept, an interrupted one continues at its last finished epoch.

    Args:
        path: Folder of the set.
        data: The same data again, if they were in memory and this process does not have them.
        target: The same target data again, likewise.
        target_test: The same test data of the target again, likewise.
        progress: Receives progress and notes.
        observers: Callbacks and trackers of every run.

    Returns:
        The finished set.

    Raises:
        RunError: If the folder contains no run set, the set is finished, or its data or backbone has changed.
        BytesRefusedError: If a file of the folder was changed.
    """
    progress = Once(progress or Silent())
    folder = RunSetFolder(path)
    if not folder.document.is_file():
        raise RunError(f"{path} is not a run set: it has no {folder.document.name}", "`tlzoo runs` lists them")
    with usable_cache(progress), RunFolder(path).lock():
        if folder.result.exists():
            raise RunError(f"{path} is finished", f"show it with `tlzoo runs show {path}`")
        known = read_set(path)
        _kept = give_again(known.recipe, {"data": data, "target": target, "target_test": target_test}, progress)
        runs = list(members(known.recipe, known.seeds, known.folds))
        first = open_recipe(runs[0].recipe, progress)
        refuse_changed_data(known.data, first.data)
        refuse_changed_backbone(known.backbone, first.entry, first.recipe, path)
        opened = _open_all(runs, first, progress)
        return _Trainer(folder, runs, opened, known.seeds, progress, observers).go()


@dataclass(slots=True)
class _Trainer:
    """Trains the runs of a set one after another, skipping finished ones."""

    folder: RunSetFolder
    members: Sequence[Member]
    opened: Sequence[Opened]
    seeds: int | None
    progress: Progress
    observers: Observers
    is_new: bool = False

    def go(self) -> RunSet:
        try:
            with (
                without_retracing_advice(),
                quick_collection(),
                self.progress.track("runs", len(self.members), "runs") as advance,
            ):
                runs = []
                for member, opened in zip(self.members, self.opened, strict=True):
                    runs.append(self._advised(member, opened))
                    gc.collect()
                    advance(1)
        except KeyboardInterrupt as error:
            raise KeyboardInterrupt(f"interrupted; {self._after_interruption()}") from error
        labelled = self.opened[0].data.labelled
        given = None if labelled is None else "declared" if "test" in labelled.samples.given else "drawn"
        origin = given if self.seeds is not None else "folds"
        result = summarize_set(self.opened[0].recipe, runs, self.seeds, origin)
        write_set_report(self.folder, result, {each.name: each.title for each in runs[0].metrics.figures})
        finish_folder(self.folder.path, result_text(result), outside=("runs",))
        return RunSet(self.folder.path)

    def _advised(self, member: Member, opened: Opened) -> Run:
        """Return the run of a member. If it fails, a note says how the set is resumed, unless nothing was trained."""
        try:
            return self._run(member, opened)
        except KeyboardInterrupt:
            raise
        except BaseException:
            if not self._remove_if_untrained():
                own = RunFolder(self.folder.runs / member.name)
                lasts = own.journal.is_file() and not can_resume(own)
                advice = "its results so far stay there" if lasts else f"fix the error, then {self._resume}"
                self.progress.note(f"{member.name} of the run set {self.folder.path} failed; {advice}")
            raise

    def _run(self, member: Member, opened: Opened) -> Run:
        """Return a finished run, resume an interrupted one, or train it."""
        path = self.folder.runs / member.name
        folder = RunFolder(path)
        if not folder.recipe.is_file():
            shutil.rmtree(path, ignore_errors=True)  # interrupted before its recipe was written
            return train_opened(
                opened, partial(_new_folder, path), self.folder.runs, self.progress, self.observers, advises=False
            )
        RunFolder.open(path)
        run = Run(path)
        if run.recipe.to_toml() != opened.recipe.to_toml():
            raise BytesRefusedError(f"{folder.recipe} is not the recipe of this set", RESTORE)
        if folder.result.exists():
            return run
        return resume_opened(path, lambda _recipe: opened, self.progress, self.observers, advises=False)

    def _after_interruption(self) -> str:
        if self._remove_if_untrained():
            return "nothing was trained yet; the folder is removed"
        return self._resume

    @property
    def _resume(self) -> str:
        return f"resume with `tlzoo resume {shlex.quote(str(self.folder.path))}`"

    def _remove_if_untrained(self) -> bool:
        """Remove the folder of a new set without a trained epoch; return whether it was removed."""
        if not self.is_new or any(
            RunFolder(self.folder.runs / member.name).metrics.exists() for member in self.members
        ):
            return False
        shutil.rmtree(self.folder.path, ignore_errors=True)
        return True


def _open_all(runs: Sequence[Member], first: Opened, progress: Progress) -> list[Opened]:
    """Open the recipes of all runs on the same samples, so that a split without a class is reported at once.

    They share the backbone, unless they write models: a saved model has the seed of its own run, or have adapters,
    which are drawn by the seed.
    """
    labelled = first.data.labelled
    samples = None if labelled is None else labelled.samples
    opened = [first, *(open_recipe(member.recipe, progress, samples) for member in runs[1:])]
    if first.exporters or first.strategy.adapter_rank:
        return opened
    shared = SharedBackbone()
    return [replace(each, shared=shared) for each in opened]


def _refuse_fixed_splits(recipe: Recipe, folds: int | None) -> None:
    """Raise UsageError for a recipe whose splits another seed or fold must not change."""
    if recipe.fold is not None:
        raise UsageError(f"the recipe has one fold ({recipe.fold}), which is a single run", "leave out fold")
    if recipe.origin is not None:
        raise UsageError(
            f"the run starts from {recipe.origin.run}, whose training samples must not become test samples",
            "leave out seeds and folds, or train a new recipe",
        )
    from tlzoo.data.lookup import has_samples

    if folds is not None and not has_samples(recipe.data):
        raise UsageError(f"{recipe.data} has no labelled samples, which folds divide", "use seeds")


def _new_folder(path: Path) -> RunFolder:
    path.mkdir(parents=True)
    return RunFolder(path)
