"""Runs that start from the checkpoint of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, RunError, UsageError
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.opening.components import make_strategy
from tlzoo.runs.recipe import Origin, Recipe, read_recipe

if TYPE_CHECKING:
    from tlzoo.runs.opening.open_recipe import Opened

__all__ = ["check_origin", "continue_recipe", "write_start"]

_MAY_CHANGE = (
    "data",
    "task",
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
    "calibrate",
    "coverage",
    "licences",
    "export",
)
"""Recipe fields that may differ from those of the original run; network and split stay the same."""


def continue_recipe(path: Path, overrides: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a new run that starts from the final checkpoint of a finished run.

    Args:
        path: Folder of the finished run.
        overrides: Recipe fields to change. Without a strategy, the run continues the phase of the checkpoint.

    Returns:
        The recipe.

    Raises:
        UsageError: If a field cannot change, or the head has converged.
        RunError: If the run is not finished.
    """
    from tlzoo.runs.run import Run

    folder = RunFolder.open(path, "checkpoints")
    _ = Run(path).result  # raises for an unfinished run
    known = read_recipe(folder.recipe, {})
    given = {name: value for name, value in overrides.items() if value is not None}
    fixed = [name for name in given if name not in _MAY_CHANGE]
    if fixed:
        option = f"--{fixed[0].replace('_', '-')}"
        raise UsageError(
            f"{option} cannot change in a run that starts from {path}",
            f"remove it; you can change:  {', '.join(_MAY_CHANGE)}",
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
    """Raise an error if the recipe's original run has another checkpoint or task.

    Raises UsageError for data with other classes, RunError for changed data or a missing run, and BytesRefusedError for
    a checkpoint with another hash than recorded.
    """
    from tlzoo.runs.opening.data_changes import refuse_changed_data
    from tlzoo.runs.results.run_task import task_of
    from tlzoo.runs.run import Run

    origin = opened.recipe.origin
    if origin is None:
        return
    path = Path(origin.run)
    folder = RunFolder.open(path, "checkpoints")
    if _sha256(folder, origin.checkpoint) != origin.sha256:
        raise BytesRefusedError(
            f"the checkpoint {origin.checkpoint} of {path} differs from the one recorded in the recipe",
            f"start again with `tlzoo train --from {path}`",
        )
    task = task_of(Run(path))
    if task is not None and task != opened.data.task:
        others = ", ".join(getattr(opened.data.task, "names", (opened.data.task.kind,)))
        raise UsageError(
            f"{path} learned {', '.join(task.names)}, but {opened.recipe.data} has {others}",
            "give data with the same classes in the same order",
        )
    known = Journal(folder.journal).find("data")
    if known is not None and read_recipe(folder.recipe, {}).data == opened.recipe.data:
        refuse_changed_data(known, opened.data)


def write_start(opened: Opened, checkpoints: Path) -> None:
    """Copy the initial weights into the run's own checkpoints, so that it does not depend on the other run."""
    from tlzoo.training.checkpoints import merge_start

    origin = opened.recipe.origin
    if origin is not None:
        merge_start(RunFolder(Path(origin.run)).checkpoints, origin.checkpoint, checkpoints)


def _kept(folder: RunFolder) -> dict[str, Any]:
    kept = Journal(folder.journal).find("kept")
    if kept is None:
        raise RunError(f"{folder.path} has no final checkpoint", "finish it first: `tlzoo resume`")
    return kept


def _last_phase(folder: RunFolder, kept: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Return the strategy options that continue the phase of the final checkpoint."""
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
            f"{folder.journal} is damaged: no phase wrote the final checkpoint {kept['checkpoint']!r}", "train again"
        )
    if planned["plan"].get("solver") == "lbfgs":
        raise UsageError(
            f"the final phase of {folder.path}, {kept.get('phase')!r}, trained the head to convergence",
            "choose a strategy that trains more of the network, such as --strategy fine-tune",
        )
    phase = {key: value for key, value in planned["phase"].items() if key not in ("budget", "start")}
    strategy = make_strategy(recipe.strategy)
    options: dict[str, Any] = {"phase": phase, "lora_rank": strategy.adapter_rank}
    if strategy.adapter_alpha is not None:
        options["lora_alpha"] = strategy.adapter_alpha
    return options | ({"lora_layers": strategy.adapter_layers} if strategy.adapter_layers else {})


def _sha256(folder: RunFolder, checkpoint: str) -> str:
    import hashlib

    path = folder.checkpoints / f"{checkpoint}.npz"
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}", f"{folder.path} cannot be continued") from error
