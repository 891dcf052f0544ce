"""Train strategies on the cases of a suite, and store each result so that an interrupted bench continues."""

from __future__ import annotations

import gc
import hashlib
import inspect
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tlzoo.errors import TrainingError, UsageError
from tlzoo.files.atomic import temporary_folder
from tlzoo.files.lock import exclusive
from tlzoo.progress import Progress, Silent
from tlzoo.runs import Named, Recipe, read_recipe, train_recipe
from tlzoo.runs.consent.user_code import class_reference, is_registered, named_in, require_consent
from tlzoo.runs.executing.many_runs import quick_collection, without_retracing_advice
from tlzoo.runs.opening.components import make_strategy
from tlzoo.runs.opening.open_recipe import open_recipe
from tlzoo.strategies import Strategy
from tlzoo.tasks import task_of_result
from tlzoo.training.frozen.store import time_computations

from .result import Measurement, StrategyBench
from .suite import Case, Suite

__all__ = ["AGAINST", "bench_strategies"]

AGAINST = ("feature-extraction", "fine-tune", "multi-step")
"""Strategies that are compared with the given ones by default."""

_MOST_SEEDS = 100
_PATIENCE = 10.0


def bench_strategies(
    strategies: Sequence[Named],
    suite: Suite,
    *,
    seeds: int = 3,
    out: Path,
    progress: Progress | None = None,
) -> StrategyBench:
    """Train and test each strategy on each case with each seed; results in ``out`` are not measured again.

    Runs with the same seed have the same splits. They share cached features, so the time to compute those is measured
    separately. Before the first run of a case, a warm-up of one epoch imports and compiles; it is not measured, except
    for the features that it computes. A strategy that fails on a case has no score there. Stored results are valid for
    unchanged recipes, weights, strategy code and version of tlzoo; changed files of data are not noticed.

    Args:
        strategies: Names and options. Code of their classes needs consent.
        suite: The cases.
        seeds: Number of seeds, from 0.
        out: Folder for ``measurements.jsonl``.
        progress: Receives progress and notes.

    Returns:
        The comparison.

    Raises:
        UsageError: If a strategy is unknown, a number is out of range, or the scores of the cases have different names.
        TlzooError: If a case cannot be opened, or a package of its data is missing.
        BytesRefusedError: If the suite names code without consent.
    """
    if not 1 <= seeds <= _MOST_SEEDS:
        raise UsageError(f"seeds must be from 1 to {_MOST_SEEDS}; got {seeds}")
    if not strategies:
        raise UsageError("no strategies to compare", "give some; `tlzoo strategies` lists them")
    named = _labelled(strategies)
    keys = {label: _identity(each) for label, each in named.items()}
    for each in named.values():
        make_strategy(each)  # reports an unknown name or option before anything trains
    progress = progress or Silent()
    work = [(case, label, seed) for case in suite.cases for seed in range(seeds) for label in named]
    out.mkdir(parents=True, exist_ok=True)
    file = out / "measurements.jsonl"
    done: list[Measurement] = []
    scores: dict[tuple[str, str], str] = {}
    with ExitStack() as stack:
        stack.enter_context(exclusive(file, seconds=_PATIENCE, note=progress.note))
        stack.enter_context(without_retracing_advice())
        stack.enter_context(quick_collection())
        known = dict(_read(file))
        runs = [(*each, _key(each[0], keys[each[1]], each[2])) for each in work]
        cold = {case.name for case, _, _, key in runs if key not in known}
        advance = stack.enter_context(progress.track("comparing strategies", len(work) + len(cold), "runs"))
        _open_cases((case for case, _, _, key in runs if key not in known), suite, progress)
        of_warm_up: dict[str, float] = {}  # seconds for features, until a result of the case has them
        for case, label, seed, key in runs:
            if key not in known:
                if case.name in cold:
                    of_warm_up[case.name] = _warm_up(case, seed, out)
                    cold.remove(case.name)
                    advance(1)
                known[key] = _measured(case, named[label], seed, out)
                gc.collect()
                if known[key]["error"] is None:
                    known[key]["feature_seconds"] += of_warm_up.pop(case.name, 0.0)
                    _append(file, key, known[key])
            values = known[key]
            if values["error"] is None:
                scores.setdefault((values["score_name"], values["unit"]), case.name)
                _refuse_other_scores(scores)
            found = Measurement(
                case.name, label, seed, values["score"], values["seconds"], values["error"], values["feature_seconds"]
            )
            if found.error is not None and found.seed == 0:
                progress.note(f"{label} failed on {case.name}: {found.error}")
            done.append(found)
            advance(1)
    score_name, unit = next(iter(scores), ("score", "number"))
    return StrategyBench(
        suite.name,
        score_name,
        seeds,
        tuple(each.name for each in suite.cases),
        tuple(named),
        tuple(done),
        unit,
    )


def _refuse_other_scores(scores: Mapping[tuple[str, str], str]) -> None:
    """Raise UsageError if there are several scores, by name and unit: the mean over them has no meaning."""
    if len(scores) > 1:
        shown = " and ".join(f"{name} of {case!r}" for (name, _), case in scores.items())
        raise UsageError(f"the suite has different scores, {shown}", "compare them in suites of their own")


def _labelled(strategies: Sequence[Named]) -> dict[str, Named]:
    """Return the strategies by a short label: name of the strategy or class, with options."""
    found: dict[str, Named] = {}
    for each in strategies:
        short = each.name.rpartition(":")[2]
        options = ",".join(f"{key}={value}" for key, value in each.options.items())
        label = f"{short}({options})" if options else short
        if label in found and found[label] != each:
            label = f"{each.name}({options})" if options else each.name
        found[label] = each
    return found


def _identity(named: Named) -> dict[str, Any]:
    """Return the strategy's part of the key of a result: name, options, and hashes of its code."""
    code: dict[str, str] = {}
    if named.name.startswith("__main__:"):
        with suppress(OSError, TypeError):  # a class typed at a prompt has no source
            code = {"__main__": inspect.getsource(type(make_strategy(named)))}
    elif ":" in named.name:
        found = require_consent("strategy", class_reference(named.name))
        code = {path.name: hashlib.sha256(source).hexdigest() for path, source in found.files}
    else:
        kinds = [each for each in type(make_strategy(named)).__mro__ if issubclass(each, Strategy)]
        with suppress(OSError, TypeError):  # a class that a plugin makes at run time has no file
            code = {
                each.__module__: hashlib.sha256(Path(inspect.getfile(each)).read_bytes()).hexdigest() for each in kinds
            }
    return {"name": named.name, "options": dict(named.options), "code": code}


def _key(case: Case, strategy: Mapping[str, Any], seed: int) -> str:
    """Return the hash of everything that a result depends on."""
    from tlzoo.plugins import catalog

    files = {name: file.hash for name, file in catalog().get(case.entry).files.items()}
    what = {"recipe": case.recipe(seed), "files": files, "strategy": strategy, "tlzoo": version("tlzoo")}
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()


def _open_cases(cases: Iterable[Case], suite: Suite, progress: Progress) -> None:
    """Open the data and the entry of each case once, so that an error of a case is raised before training.

    Raises BytesRefusedError, which names the suite, for code without consent.
    """
    opened: list[Case] = []
    for case in cases:
        if case not in opened:
            for code in named_in(case.recipe(0)):
                if not is_registered(code):
                    require_consent("class" if code.is_class else "data source", code, named_by=suite.file)
            open_recipe(read_recipe(None, {}, base=case.recipe(0)), progress, training=False)
            opened.append(case)


def _warm_up(case: Case, seed: int, out: Path) -> float:
    """Train on a case for one epoch, and return the seconds spent on features that were not cached yet.

    Nothing else is measured: the first run of a process is slower, because it imports and compiles.
    """
    base = {name: value for name, value in case.recipe(seed).items() if name not in {"epochs", "steps", "budget"}}
    recipe = read_recipe(None, {"strategy": {"name": AGAINST[0]}, "epochs": 1}, base=base)
    with (
        temporary_folder(out / "run") as folder,
        time_computations() as spent,
        suppress(TrainingError, UsageError),
    ):
        train_recipe(recipe, out=folder)
    gc.collect()
    return spent.seconds


def _measured(case: Case, strategy: Named, seed: int, out: Path) -> dict[str, Any]:
    """Train and test once; errors of the strategy are results, errors of the case are raised."""
    given: dict[str, Any] = {"name": strategy.name}
    if strategy.options:
        given["options"] = dict(strategy.options)
    # The user names the strategy only: code that the suite names needs consent.
    recipe: Recipe = read_recipe(None, {"strategy": given}, base=case.recipe(seed))
    with temporary_folder(out / "run") as folder:
        try:
            with time_computations() as spent:
                run = train_recipe(recipe, out=folder)
            score, seconds = run.metrics.score, float(run.result["seconds"]) - spent.seconds
        except (TrainingError, UsageError) as error:
            return _result(None, error=str(error))
        task = task_of_result(run.result)
        unit = "number" if task is None else task.score_unit
        return _result(float(score.value), score.name, unit, seconds, spent.seconds)


def _result(
    score: float | None,
    score_name: str = "",
    unit: str = "",
    seconds: float = 0.0,
    feature_seconds: float = 0.0,
    error: str | None = None,
) -> dict[str, Any]:
    """Return a measurement as it is stored, without its key."""
    return {
        "score": score,
        "score_name": score_name,
        "unit": unit,
        "seconds": seconds,
        "feature_seconds": feature_seconds,
        "error": error,
    }


def _append(file: Path, key: str, values: Mapping[str, Any]) -> None:
    """Add a result on a line of its own, also after a line that was not written whole."""
    with file.open("a+b") as stream:
        if stream.tell():
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                stream.write(b"\n")
        stream.write((json.dumps({"key": key, **values}) + "\n").encode())


def _read(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the stored results; lines that were not written whole, or have other types, are skipped."""
    if not file.is_file():
        return
    for line in file.read_text("utf-8", errors="replace").splitlines():
        try:
            values = json.loads(line)
            key, name, unit = values["key"], values["score_name"], values["unit"]
            score, seconds, features = (float(values[name]) for name in ("score", "seconds", "feature_seconds"))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if isinstance(key, str) and isinstance(name, str) and isinstance(unit, str):
            yield key, _result(score, name, unit, seconds, features)
