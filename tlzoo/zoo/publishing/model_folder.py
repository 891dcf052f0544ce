"""Folder of a published model: card, weights, network, registry and hashes, without samples and features."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts.hashing import digest
from tlzoo.artifacts.sources import without_credentials
from tlzoo.errors import RunError
from tlzoo.files.atomic import write_text
from tlzoo.files.local_paths import without_folders
from tlzoo.registry import LOCAL, Entry, File, Provider, Registry
from tlzoo.registry.merging import declarations_of
from tlzoo.registry.own import PLUGIN_API
from tlzoo.registry.writing import index_text

from .model_card import ModelFacts, licence_text, model_card
from .published_entry import published_entry, write_trained

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs import Run, Trained
    from tlzoo.runs.comparison.subgroup_figures import Subgroup
    from tlzoo.tasks import Task

__all__ = ["HASHES", "REGISTRY", "is_model_file", "is_model_folder", "other_files", "write_model"]

HASHES, REGISTRY = "SHA256SUMS", "registry.toml"
_PURPOSES = {
    "README.md": "this card",
    "LICENSE": "licences of the weights",
    "config.json": "format of this repository, for `tlzoo registry add`",
    REGISTRY: "the entry, for `tlzoo registry add`",
    "weights.npz": "weights of the backbone, without pickle",
    "head.npz": "weights of the head, without pickle",
    "decision.json": "what was fitted after training: calibration, decision thresholds",
    "model.keras": "the whole network in Keras's format",
    "serving/": "the whole network as a SavedModel",
    HASHES: "SHA-256 of all other files",
}
_NOT_ON_THE_HUB = {"", "image-regression", "text-regression"}
_SERVING = ("saved_model.pb", "fingerprint.pb", "variables", "assets")
"""Files and folders of a SavedModel. Its assets are files of the entry, such as a vocabulary."""


def is_model_folder(path: Path) -> bool:
    """Return whether a folder was written by ``tlzoo publish --to``."""
    return (path / HASHES).is_file() and (path / REGISTRY).is_file() and (path / "config.json").is_file()


def is_model_file(path: str) -> bool:
    """Return whether a path in a repository is one that ``tlzoo publish --to`` writes."""
    return path in _PURPOSES or (path.startswith("serving/") and path.split("/")[1] in _SERVING)


def other_files(folder: Path) -> list[str]:
    """Return the paths in a folder that ``tlzoo publish --to`` does not write."""
    found = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return [path for path in (each.relative_to(folder).as_posix() for each in found) if not is_model_file(path)]


def write_model(
    run: Run, folder: Path, name: str, source: str, licence: str, progress: Progress, by: str | None = None
) -> Entry:
    """Write the files of a finished run that others need; return the entry.

    Only the named files are written. Reports, exported files with example inputs, checkpoints, the recipe, the journal
    and stored predictions stay in the run.

    Args:
        run: The run.
        folder: An empty folder.
        name: Name of the model; part of the entry's id.
        source: ``hf://OWNER/NAME``, or ``file:.`` for a folder.
        licence: Licence of the weights.
        progress: Receives progress and notes.
        by: Column of the data; the card then has the figures of the test samples with each of its values.

    Returns:
        The entry, with sources below ``source``.

    Raises:
        UsageError: If the data do not have the column.
        RunError: If the run is not finished, or its data or backbone has changed.
        BytesRefusedError: If the run was changed.
    """
    from tlzoo.artifacts.hugging_face.handle import hub_handle
    from tlzoo.runs.results.trained_backbone import trained_backbone

    groups = () if by is None else _subgroups(run, by, progress)
    with progress.track("writing the model", 0, "files"):
        trained = trained_backbone(run, progress)
        names = write_trained(folder, trained)
        is_remote = hub_handle(source) is not None
        base = f"{source}@main" if is_remote else source
        files = {
            key: File(f"{base}/{each}", digest(folder / each), (folder / each).stat().st_size)
            for key, each in names.items()
        }
        entry = published_entry(name, files, licence, public_result(run.result), trained)
        write_text(folder / REGISTRY, _registry(entry))
        write_text(folder / "config.json", json.dumps({"model_type": "tlzoo-published", "entry": entry.id}) + "\n")
        write_text(folder / "LICENSE", licence_text(entry))
        copy_network(run, folder)
        facts = _facts(run, entry, trained, _present(folder), source if is_remote else "FOLDER")
        facts = replace(facts, by=by, groups=groups)
        write_text(folder / "README.md", model_card(facts))
        write_text(folder / HASHES, _hashes(folder))
    return entry


def public_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of a run whose data source and strategy have no folders of this machine."""
    return {
        **result,
        "data": _public(str(result["data"])),
        "strategy": without_folders(str(result["strategy"])),
    }


def copy_network(run: Run, folder: Path) -> None:
    """Copy the run's ``model.keras`` and SavedModel, as far as it has them, after a comparison with their hashes."""
    from tlzoo.runs import RunFolder

    source = RunFolder.open(run.path, "model.keras", "serving")
    if source.model.is_file():
        shutil.copyfile(source.model, folder / "model.keras")
    if source.decision.is_file():
        shutil.copyfile(source.decision, folder / "decision.json")
    for name in _SERVING if source.serving.is_dir() else ():
        here = source.serving / name
        if here.is_dir():
            shutil.copytree(here, folder / "serving" / name)
        elif here.is_file():
            (folder / "serving").mkdir(exist_ok=True)
            shutil.copyfile(here, folder / "serving" / name)


def _subgroups(run: Run, by: str, progress: Progress) -> Sequence[Subgroup]:
    from tlzoo.runs.comparison.subgroup_figures import subgroup_figures

    return subgroup_figures(run, by, progress)


def _hub_task(task: type[Task], modality: str) -> str | None:
    """Return the task on the Hugging Face Hub; None if the hub does not know it."""
    from tlzoo.modalities import require_modality

    word = require_modality(modality).hub_word
    name = task.hub_task.format(word) if word or "{}" not in task.hub_task else ""
    return None if name in _NOT_ON_THE_HUB else name


def _public(source: str) -> str:
    """Return a data source without options, folders of this machine and credentials."""
    return without_credentials(without_folders(source.partition("?")[0]))


def _present(folder: Path) -> dict[str, str]:
    written = {"README.md", HASHES}
    return {name: why for name, why in _PURPOSES.items() if name in written or (folder / name).exists()}


def _facts(run: Run, entry: Entry, trained: Trained, files: Mapping[str, str], handle: str) -> ModelFacts:
    from tlzoo.errors import BytesRefusedError
    from tlzoo.runs.files.journal import Journal
    from tlzoo.tasks import task_of_result

    result: Mapping[str, Any] = run.result
    data = Journal(run.path / "journal.jsonl").find("data") or {}
    task = task_of_result(result)
    try:
        classes = {str(name): int(each["samples"]) for name, each in data.get("classes", {}).items()}
        splits = {str(name): int(count) for name, count in data.get("splits", {}).items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BytesRefusedError(f"the journal of {run.path} has no valid description of its data") from error
    if not isinstance(result.get("task"), str):
        raise RunError(f"the result of {run.path} has no task", "train again with this version of tlzoo")
    return ModelFacts(
        name=entry.architecture,
        entry=entry,
        task=result["task"],
        hub_task=None if task is None else _hub_task(task, entry.modality),
        data=_public(str(result["data"])),
        fingerprint=data.get("fingerprint"),
        splits=splits,
        classes=classes,
        exclusive=task is not None and task.exclusive,
        metrics=run.metrics,
        strategy=str(result["strategy"]).rpartition(":")[2],
        head=str(result["head"]).rpartition(":")[2],
        seed=trained.recipe.seed,
        version=version("tlzoo"),
        files=files,
        imports=tuple(map(str, result.get("imports", ()))),
        handle=handle,
    )


def _registry(entry: Entry) -> str:
    provider = Provider("tlzoo", "tlzoo", PLUGIN_API, (LOCAL,))
    header = "# One entry, written by `tlzoo publish`. Add it with `tlzoo registry add`.\nformat = 1\n"
    return index_text(Registry("published", (provider,), (entry,), declarations_of((entry,))), header)


def _hashes(folder: Path) -> str:
    """Return lines that ``sha256sum --check`` reads."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(f"{digest(path).removeprefix('sha256:')}  {path.relative_to(folder).as_posix()}\n" for path in paths)
