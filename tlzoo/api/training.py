"""Verbs that train: one run, its plan, a search over recipes, and the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tlzoo.progress import Progress

if TYPE_CHECKING:
    from tlzoo.heads import Head
    from tlzoo.runs import Run, Tuning
    from tlzoo.strategies import Strategy
    from tlzoo.zoo.demo import Demonstration

__all__ = ["demo", "explain", "train", "tune"]

Choice: TypeAlias = "str | Mapping[str, Any] | Head | Strategy | type[Head | Strategy]"
"""A head, a strategy or an augmentation: its name, or a mapping of ``name`` and options.

A head or strategy of one's own may also be given itself, as an object or as a class.
"""


def train(
    recipe: str | Path | None = None,
    *,
    data: str | None = None,
    backbone: str | None = None,
    target: str | None = None,
    target_test: str | None = None,
    head: Choice | None = None,
    strategy: Choice | None = None,
    augment: Choice | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    budget: str | None = None,
    missing: str | Mapping[str, str] | None = None,
    per_class: int | None = None,
    batch_size: int | None = None,
    image_size: int | None = None,
    sequence_length: int | None = None,
    optimizer: str | None = None,
    balance: str | None = None,
    loss: str | None = None,
    thresholds: str | None = None,
    weights: str | None = None,
    precision: str | None = None,
    seed: int | None = None,
    export: Sequence[str] | None = None,
    from_run: str | Path | None = None,
    out: str | Path = "runs",
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    trust: Sequence[str] = (),
    progress: Progress | None = None,
) -> Run:
    """Transfer a backbone to data, and return the run.

    ``recipe`` is a TOML file; the other arguments go over its fields, and mean what the options of ``tlzoo train``
    mean: ``train(data="images:photos/", backbone="glyphnet", strategy={"name": "fine-tune", "unfreeze": 2})``.

    ``from_run`` is a finished run to start from: ``train(from_run="runs/…", epochs=5)`` trains on with its last phase,
    or by another ``strategy``, in a new run. Its network and its split stay the same.

    A strategy or head of one's own may be given itself: ``train(…, strategy=Mine(rate=1e-4))``. The recipe keeps where
    its class is defined; one of a notebook can be resumed and evaluated only there, once it is defined again. A class
    in a file that a recipe names runs only once its user consented to that: ``trust=["that.toml"]``.

    ``export`` lists the formats of the exported model, by default ``["keras", "saved-model"]``. With ``[]`` the run
    writes neither model nor report: metrics, checkpoints and result only.

    Raises UsageError, EntryError, DataError, TrainingError and other kinds of TlzooError.
    """
    from tlzoo.artifacts import using
    from tlzoo.errors import UsageError
    from tlzoo.runs import continue_recipe, read_recipe, train_recipe, trust_named
    from tlzoo.zoo.automatic_backbone import choose_backbone

    if from_run is not None and recipe is not None:
        raise UsageError("from_run takes the recipe of its run, and a recipe is given", "give one of them")
    fields = {
        "data": data,
        "backbone": backbone,
        "target": target,
        "target_test": target_test,
        "head": _choice(head),
        "strategy": _choice(strategy),
        "augment": _choice(augment),
        "epochs": epochs,
        "steps": steps,
        "budget": budget,
        "missing": _policies(missing),
        "per_class": per_class,
        "batch_size": batch_size,
        "image_size": image_size,
        "sequence_length": sequence_length,
        "optimizer": optimizer,
        "balance": balance,
        "loss": loss,
        "thresholds": thresholds,
        "weights": weights,
        "precision": precision,
        "seed": seed,
        "export": export,
    }
    trusted = trust_named(trust) or None
    with using(offline=offline, trust_on_first_use=trust_on_first_use, trusted=trusted):
        if from_run is not None:
            known = continue_recipe(Path(from_run), fields)
        else:
            known = read_recipe(None if recipe is None else Path(recipe), fields)
        known = choose_backbone(known, progress)
        return train_recipe(known, out=Path(out), progress=progress)


def explain(recipe: str | Path | None = None, *, trust: Sequence[str] = (), **fields: Any) -> Mapping[str, Any]:
    """Return the plan of a run without training: arguments as ``train`` takes them."""
    from tlzoo.runs import explain as explain_recipe
    from tlzoo.runs import read_recipe, trust_named
    from tlzoo.zoo.automatic_backbone import choose_backbone

    trust_named(trust)
    known = choose_backbone(read_recipe(None if recipe is None else Path(recipe), _fields(fields)))
    return explain_recipe(known)


def tune(
    recipe: str | Path | None = None,
    *,
    trials: int | None = None,
    budget: str | float | None = None,
    space: Mapping[str, str] | None = None,
    resume: str | Path | None = None,
    out: str | Path = "runs",
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    trust: Sequence[str] = (),
    progress: Progress | None = None,
    **fields: Any,
) -> Tuning:
    """Search for better options of a recipe: ``fields`` are those that ``train`` takes.

    At most ``trials`` are made, in ``budget`` (seconds, or ``"5m"``); ``space`` says what may be changed, such as
    ``{"rate": "1e-5..1e-2:log", "batch_size": "16,32"}``, over the sensible one. Trials are judged on the validation
    split; the chosen recipe is trained and tested at the end: ``tune(…).run.test``, ``tune(…).recipe``. ``resume`` is
    the folder of a search that was interrupted, and takes no other recipe.
    """
    from tlzoo.artifacts import using
    from tlzoo.durations import seconds_of
    from tlzoo.errors import UsageError
    from tlzoo.runs import read_recipe, resume_tuning, trust_named, tune_recipe
    from tlzoo.zoo.automatic_backbone import choose_backbone

    seconds = seconds_of(budget, "budget") if isinstance(budget, str) else budget
    if resume is not None and (recipe is not None or fields or space):
        raise UsageError("a search that goes on has its recipe and space", "give trials and budget alone")
    trusted = trust_named(trust) or None
    with using(offline=offline, trust_on_first_use=trust_on_first_use, trusted=trusted):
        if resume is not None:
            return resume_tuning(Path(resume), trials=trials, budget=seconds, progress=progress)
        known = choose_backbone(read_recipe(None if recipe is None else Path(recipe), _fields(fields)), progress)
        return tune_recipe(known, out=Path(out), trials=trials, budget=seconds, space=space, progress=progress)


def demo(*, out: str | Path = "runs", seeds: int = 5, progress: Progress | None = None) -> Demonstration:
    """Transfer the packaged glyph backbone to handwritten digits beside two baselines, offline."""
    from tlzoo.zoo.demo import run_demo

    return run_demo(out=Path(out), seeds=seeds, progress=progress)


def _fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a recipe as ``read_recipe`` takes them."""
    chosen = {key: _choice(value) if key in ("head", "strategy", "augment") else value for key, value in fields.items()}
    return chosen | {"missing": _policies(fields.get("missing"))}


def _choice(choice: Choice | None) -> dict[str, Any] | None:
    if choice is None:
        return None
    if isinstance(choice, str):
        return {"name": choice, "options": {}}
    if not isinstance(choice, Mapping):
        from tlzoo.runs.opening.components import choice_of

        return choice_of(choice)
    options = {key: value for key, value in choice.items() if key != "name"}
    return ({"name": choice["name"]} if "name" in choice else {}) | {"options": options}


def _policies(missing: str | Mapping[str, str] | None) -> str | None:
    """Return policies for empty cells as a recipe takes them over its own."""
    from tlzoo.data import format_policies

    return format_policies(missing) if isinstance(missing, Mapping) else missing
