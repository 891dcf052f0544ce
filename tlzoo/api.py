"""The command line's verbs as functions, under the same names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tlzoo.progress import Progress

if TYPE_CHECKING:
    from tlzoo.artifacts import FileReport
    from tlzoo.heads import Head
    from tlzoo.registry import Entry
    from tlzoo.runs import Run, RunFileReport, Tuning
    from tlzoo.strategies import Strategy
    from tlzoo.zoo.benching import Measurement
    from tlzoo.zoo.comparison import Comparison
    from tlzoo.zoo.demo import Demonstration
    from tlzoo.zoo.ranking import Ranking

__all__ = [
    "bench",
    "compare",
    "demo",
    "entries",
    "entry",
    "explain",
    "fetch",
    "find_runs",
    "mirror",
    "rank",
    "resume",
    "train",
    "tune",
    "verify",
]

Choice: TypeAlias = "str | Mapping[str, Any] | Head | Strategy | type[Head | Strategy]"
"""A head, a strategy or an augmentation: its name, or a mapping of ``name`` and options.

A head or strategy of one's own may also be given itself, as an object or as a class.
"""


def entries() -> Sequence[Entry]:
    """Return the zoo's entries, those of plugins that are not installed among them."""
    from tlzoo.plugins import catalog

    return catalog().entries()


def entry(name: str) -> Entry:
    """Return one entry by its id or an unambiguous short name; raise EntryError otherwise."""
    from tlzoo.plugins import catalog

    return catalog().get(name)


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


def resume(run: str | Path, *, trust: Sequence[str] = (), progress: Progress | None = None) -> Run | Tuning:
    """Go on with an interrupted run, or with an interrupted search (``tune``).

    ``trust`` names runs whose code may be executed, as ``--trust`` does.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import is_tuning, resume_tuning, trust_named
    from tlzoo.runs import resume as resume_run

    with using(trusted=trust_named(trust) or None):
        if is_tuning(Path(run)):
            return resume_tuning(Path(run), progress=progress)
        return resume_run(Path(run), progress=progress)


def find_runs(out: str | Path = "runs") -> Sequence[Run]:
    """Return the runs in a folder, the newest last: ``tlzoo runs``, whose name is taken by the subpackage."""
    from tlzoo.runs import find_runs as find

    return find(Path(out))


def fetch(
    *names: str,
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    progress: Progress | None = None,
) -> list[FileReport]:
    """Bring entries' files onto this machine; what could not be had is told in its report's ``error``."""
    from tlzoo.artifacts import using
    from tlzoo.zoo.files import fetch as fetch_named

    with using(offline=offline, trust_on_first_use=trust_on_first_use, progress=progress):
        return fetch_named(names)


def verify(*names: str | Path) -> list[FileReport | RunFileReport]:
    """Check the files of entries and of runs (by their folders) on this machine, fetching nothing."""
    from tlzoo.zoo.files import verify as verify_named

    return verify_named(map(str, names))


def mirror(
    *names: str, folder: str | Path, trust_on_first_use: bool | None = None, progress: Progress | None = None
) -> list[FileReport]:
    """Copy entries' files into a folder that ``TLZOO_MIRROR`` can name on a machine without a network."""
    from tlzoo.artifacts import using
    from tlzoo.zoo.files import mirror as mirror_named

    with using(trust_on_first_use=trust_on_first_use, progress=progress):
        return mirror_named(names, Path(folder))


def rank(
    data: str,
    *,
    backbones: Sequence[str] = (),
    where: str | None = None,
    scores: Sequence[str] = (),
    by: str | None = None,
    sample: int | None = None,
    per_class: int | None = None,
    seed: int = 0,
    budget: float | None = None,
    progress: Progress | None = None,
) -> Ranking:
    """Rank entries for data, by scores of a sample; ``budget`` is in seconds, the rest as ``tlzoo rank`` has it."""
    from tlzoo.zoo.ranking import rank as rank_zoo

    return rank_zoo(
        data,
        patterns=backbones,
        where=where,
        scores=scores,
        by=by,
        count=sample,
        per_class=per_class,
        seed=seed,
        budget=budget,
        progress=progress,
    )


def compare(*names: str) -> Comparison:
    """Put entries side by side: what is known of each, and in what they differ."""
    from tlzoo.zoo.comparison import compare_entries

    return compare_entries(names)


def bench(*names: str, engine: str = "tensorflow", seconds: float = 1.0) -> list[Measurement]:
    """Measure entries on this machine, each in a process of its own, and keep what was measured."""
    from tlzoo.zoo.benching.bench import bench_entry

    return [bench_entry(entry(name), engine, seconds=seconds) for name in names]


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
