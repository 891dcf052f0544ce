"""Finished runs without training: a folder with recipe, journal, answers, result and hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tlzoo.runs import Recipe, Run, RunSet
from tlzoo.runs.files.answers import TestAnswers, write_answers
from tlzoo.runs.files.collection import write_document
from tlzoo.runs.files.hashes import finish_folder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.files.result import result_text
from tlzoo.runs.recipe import write_recipe
from tlzoo.runs.run_sets.folder import RunSetFolder
from tlzoo.runs.run_sets.report import write_set_report
from tlzoo.runs.run_sets.summary import summarize_set
from tlzoo.tasks import Task, TaskOptions

__all__ = ["made_run", "made_run_set"]


def made_run(
    folder: Path,
    task: Task,
    labels: np.ndarray,
    answers: np.ndarray,
    *,
    names: Sequence[str] | None = None,
    digests: np.ndarray | None = None,
    lines: Sequence[Mapping[str, Any]] = (),
    keeps: bool = True,
    **recipe: Any,
) -> Run:
    """Write a finished run of these test labels and answers. A sample's input is its name, unless it has a digest."""
    folder.mkdir(parents=True)
    full = Recipe(**({"data": "images:photos", "backbone": "vision/glyphnet.glyphs"} | recipe))
    write_recipe(folder / "recipe.toml", full)
    metrics = task.criterion(labels, TaskOptions(), {}).metrics(labels, answers)
    names = names or [f"photos/{number}.png" for number in range(len(labels))]
    if keeps:
        kept = TestAnswers(names, _hashed(map(str.encode, names), 16), _hashed(labels, 8), {})
        digests = kept.digests if digests is None else digests[:, :16]
        kept = TestAnswers(names, digests, kept.labels, task.kept_answers(labels, answers, metrics))
        write_answers(folder / "answers.npz", kept)
    Journal(folder / "journal.jsonl").append("data", fingerprint=hashlib.sha256(repr(names).encode()).hexdigest())
    if lines:
        (folder / "metrics.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    result = {
        "run": str(folder),
        "backbone": full.backbone,
        "strategy": full.strategy.name,
        "head": "linear",
        "augment": "none",
        "data": full.data,
        "seed": full.seed,
        "weights": "pretrained",
        "task": task.kind,
        "examples": {"train": 10, "validation": 5, "test": len(labels), "set_aside": 0},
        "phases": [],
        "test": metrics.to_json(),
        "memory": {"fixed_bytes": 100, "sample_bytes": 10},
        "seconds": 2.5,
    }
    finish_folder(folder, result_text(result))
    return Run(folder)


def made_run_set(folder: Path, task: Task, labels: np.ndarray, answers: Sequence[np.ndarray]) -> RunSet:
    """Write a finished run set, with a report, whose run of each seed gave these answers."""
    recipe = Recipe(data="images:photos", backbone="vision/glyphnet.glyphs")
    runs = [made_run(folder / "runs" / f"seed-{at}", task, labels, each, seed=at) for at, each in enumerate(answers)]
    described = {"recipe": recipe.model_dump(mode="json", exclude_none=True), "data": {"fingerprint": "0"}}
    write_document(folder / "set.json", described | {"seeds": len(runs)})
    result = summarize_set(recipe, runs, len(runs), "declared")
    write_set_report(RunSetFolder(folder), result, {each.name: each.title for each in runs[0].metrics.figures})
    finish_folder(folder, result_text(result), outside=("runs",))
    return RunSet(folder)


def _hashed(values: Any, length: int) -> np.ndarray:
    rows = [hashlib.sha256(bytes(each)).digest()[:length] for each in values]
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, length)
