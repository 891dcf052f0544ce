"""Detection of changes in the data and the backbone of a run since it started.

Resuming on other data would be a different run. Frozen backbone weights are not in checkpoints: they are loaded from
the entry's files each time, so these files must not change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import RunError
from tlzoo.files.atomic import write_text
from tlzoo.runs.opening.target import describe_target, refuse_changed_target

if TYPE_CHECKING:
    from tlzoo.data import RunData
    from tlzoo.registry import Entry
    from tlzoo.runs.files.folder import RunFolder
    from tlzoo.runs.files.journal import Journal
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.runs.recipe import Recipe

__all__ = ["describe_backbone", "describe_data", "record_inputs", "refuse_changed_backbone", "refuse_changed_data"]

_SHOWN = 3


def record_inputs(folder: RunFolder, journal: Journal, opened: Opened) -> None:
    """Record the data, target and unreadable inputs of a new run; check data, target and backbone of a resumed run.

    Raises RunError with the change.
    """
    known = journal.find("data")
    if known is None:
        journal.append("data", **describe_data(opened.data))
    else:
        refuse_changed_data(known, opened.data)
    refuse_changed_backbone(journal.find("backbone"), opened.entry, opened.recipe, folder.path)
    if opened.target is not None:
        known = journal.find("target")
        if known is None:
            journal.append("target", **describe_target(opened.target))
        else:
            refuse_changed_target(known, opened.target)
    _write_set_aside(folder, opened)


def describe_data(data: RunData) -> dict[str, Any]:
    """Return the fingerprint and details of the data, to describe changes."""
    return data.describe() | {"fingerprint": data.fingerprint}


def refuse_changed_data(known: Mapping[str, Any], data: RunData) -> None:
    """Raise RunError with the changes if the data differ from the description of ``describe_data``."""
    if known["fingerprint"] == data.fingerprint:
        return
    now = describe_data(data)
    found = list(_changes(known, now)) if "classes" in now else ["its fingerprint is different"]
    said = "; ".join(found[:_SHOWN]) + (f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
    raise RunError(f"{data.source} has changed since the run started: {said}", "restore the data, or train again")


def describe_backbone(entry: Entry, recipe: Recipe) -> dict[str, Any]:
    """Return the entry's id and the hashes of the files that a resolved recipe loads, as far as they are known.

    The card is skipped: its text may change.
    """
    from tlzoo.artifacts import known_hash

    loaded = {
        name: file
        for name, file in entry.files.items()
        if name != "card" and (recipe.weights != "random" or not name.startswith("weights"))
    }
    hashes = {name: known_hash(file) for name, file in loaded.items()}
    return {"entry": entry.id, "hashes": {name: known for name, known in hashes.items() if known is not None}}


def refuse_changed_backbone(known: Mapping[str, Any] | None, entry: Entry, recipe: Recipe, run: Path) -> None:
    """Raise RunError if the files of the entry have other hashes than ``describe_backbone`` recorded.

    Files without a hash on both sides are not compared, and older runs recorded none.
    """
    if known is None:
        return
    now = describe_backbone(entry, recipe)["hashes"]
    if any(now.get(name, hashed) != hashed for name, hashed in known["hashes"].items()):
        raise RunError(
            f"{entry.id} has changed since {run} was trained: its files have other hashes",
            "restore the files, or train again",
        )


def _write_set_aside(folder: RunFolder, opened: Opened) -> None:
    """Write the unreadable inputs with reasons; no file if there are none."""
    if opened.set_aside:
        lines = [
            json.dumps({"name": each.name, "reason": each.reason}, ensure_ascii=False) for each in opened.set_aside
        ]
        write_text(folder.set_aside, "\n".join(lines) + "\n")


def _changes(known: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    before, after = known.get("classes", {}), now["classes"]
    if before != after:
        yield from (f"the class {name!r} was removed" for name in before.keys() - after.keys())
        yield from (f"the class {name!r} was added" for name in after.keys() - before.keys())
        for name in [name for name in before if name in after and before[name] != after[name]]:
            counts = before[name]["samples"], after[name]["samples"]
            if counts[0] != counts[1]:
                yield f"the class {name!r} had {counts[0]} samples and now has {counts[1]}"
            else:
                yield f"the class {name!r} has different samples"
    elif known.get("order") != now["order"]:
        yield "the same samples are in a different order"
    elif known.get("labels", now["labels"]) != now["labels"]:
        yield "the same samples have different labels"
    elif known.get("splits") != now["splits"]:
        yield f"its splits had {known.get('splits')} samples and now have {now['splits']}"
    else:
        yield "the same samples are split differently"
