"""Runs that start from the checkpoint of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, RunError, UsageError
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.journal import Journal
from tlzoo.runs.opening.components import make_strategy
from tlzoo.runs.recipe import Origin, Recipe, read_recipe

if TYPE_CHECKING:
    from tlzoo.runs.opening.open_recipe import Opened

__all__ = ["check_origin", "continue_recipe", "write_start"]

_MAY_CHANGE = (
    "data",
    "strategy",
    "augment",
    "epochs",
    "steps",
    "budget",
    "batch_size",
    "optimizer",
    "balance",
    "loss",
    "metrics",
    "thresholds",
    "export",
)
"""Fields of a recipe that may differ from those of the run it starts from: the network and the split stay the same."""


def continue_recipe(path: Path, overrides: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a new run that starts from the kept checkpoint of a finished one.

    It trains on with the phase of that checkpoint, unless ``overrides`` names a strategy. Raises UsageError for fields
    that have to stay as they are and for a head that is at its optimum, RunError for a run that is not finished.
    """
    from tlzoo.runs.run import Run

    folder = RunFolder.open(path, "checkpoints")
    _ = Run(path).result  # a run that is not finished is refused
    known = read_recipe(folder.recipe, {})
    given = {name: value for name, value in overrides.items() if value is not None}
    fixed = [name for name in given if name not in _MAY_CHANGE]
    if fixed:
        option = f"--{fixed[0].replace('_', '-')}"
        raise UsageError(
            f"{option} cannot change in a run that starts from {path}",
            f"leave it out; these may change: {', '.join(_MAY_CHANGE)}",
        )
    kept = _kept(folder)
    origin = Origin(run=str(path), checkpoint=kept["checkpoint"], sha256=_sha256(folder, kept["checkpoint"]))
    anew = {"strategy", "epochs", "steps", "budget", "origin"}
    base = known.model_dump(mode="json", exclude_none=True, exclude=anew) | {"origin": origin.model_dump()}
    strategy = given.get("strategy", {})
    if "name" not in strategy:
        options = _last_phase(folder, kept, known) | strategy.get("options", {})
        given["strategy"] = {"name": "continue", "options": options}
    return read_recipe(None, given, base=base)


def check_origin(opened: Opened) -> None:
    """Refuse a recipe that starts from another run where that run's checkpoint or task does not fit.

    Raises UsageError for data with other classes, RunError for data that changed and for a run that is not there,
    BytesRefusedError for a checkpoint that is not the recorded one.
    """
    from tlzoo.runs.opening.data_changes import refuse_changed_data
    from tlzoo.runs.results.evaluate import task_of
    from tlzoo.runs.run import Run

    origin = opened.recipe.origin
    if origin is None:
        return
    path = Path(origin.run)
    folder = RunFolder.open(path, "checkpoints")
    if _sha256(folder, origin.checkpoint) != origin.sha256:
        raise BytesRefusedError(
            f"the checkpoint {origin.checkpoint} of {path} is not the one that the recipe records",
            f"start again with `tlzoo train --from {path}`",
        )
    task = task_of(Run(path))
    if task is not None and task != opened.data.task:
        others = ", ".join(getattr(opened.data.task, "names", (opened.data.task.kind,)))
        raise UsageError(
            f"{path} learned {', '.join(task.names)}, and {opened.recipe.data} has {others}",
            "give data with the same classes in the same order",
        )
    known = Journal(folder.journal).find("data")
    if known is not None and read_recipe(folder.recipe, {}).data == opened.recipe.data:
        refuse_changed_data(known, opened.data)


def write_start(opened: Opened, checkpoints: Path) -> None:
    """Write the weights that a run starts from among its own checkpoints, so that it does not need the other run."""
    from tlzoo.training.checkpoints import merge_start

    origin = opened.recipe.origin
    if origin is not None:
        merge_start(RunFolder(Path(origin.run)).checkpoints, origin.checkpoint, checkpoints)


def _kept(folder: RunFolder) -> dict[str, Any]:
    kept = Journal(folder.journal).find("kept")
    if kept is None:
        raise RunError(f"{folder.path} has no kept checkpoint", "train it to its end")
    return kept


def _last_phase(folder: RunFolder, kept: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Return the options of the strategy that continues the phase of the kept checkpoint."""
    journal = Journal(folder.journal)
    position = next(
        (
            each["position"]
            for each in journal.events
            if each["event"] == "result" and each["result"]["checkpoint"] == kept["checkpoint"]
        ),
        None,
    )
    planned = journal.find("plan", position=position)
    if planned is None or not isinstance(planned.get("phase"), dict):
        raise BytesRefusedError(
            f"{folder.journal} is damaged: no phase left the kept checkpoint {kept['checkpoint']!r}", "train again"
        )
    if planned["plan"].get("solver") == "lbfgs":
        raise UsageError(
            f"{folder.path} kept {kept.get('phase')!r}, a head at its optimum, which more epochs would not change",
            "name what trains further, such as --strategy fine-tune",
        )
    phase = {key: value for key, value in planned["phase"].items() if key not in ("budget", "start")}
    return {"phase": phase, "lora_rank": make_strategy(recipe.strategy).adapter_rank}


def _sha256(folder: RunFolder, checkpoint: str) -> str:
    import hashlib

    path = folder.checkpoints / f"{checkpoint}.npz"
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}", f"{folder.path} cannot be continued") from error
