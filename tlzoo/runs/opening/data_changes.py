"""What data and backbone of a run were when it began, and what has changed since.

A resume on other data would be another run. What stays frozen in a backbone is in no checkpoint: it is loaded from the
entry's files whenever a run is opened again, and has to be what it was.
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
    from tlzoo.runs.folder import RunFolder
    from tlzoo.runs.journal import Journal
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.runs.recipe import Recipe

__all__ = ["describe_backbone", "describe_data", "record_inputs", "refuse_changed_backbone", "refuse_changed_data"]

_SHOWN = 3


def record_inputs(folder: RunFolder, journal: Journal, opened: Opened) -> None:
    """Record data, target and unreadable inputs of a new run; of a resumed run, compare data, target and backbone.

    Raises RunError, which names the change.
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
    """Return the fingerprint and what the data themselves say to name changes by."""
    return data.describe() | {"fingerprint": data.fingerprint}


def refuse_changed_data(known: Mapping[str, Any], data: RunData) -> None:
    """Raise RunError, saying what changed, where the data is not what ``describe_data`` said of it."""
    if known["fingerprint"] == data.fingerprint:
        return
    now = describe_data(data)
    found = list(_changes(known, now)) if "classes" in now else ["its fingerprint is another"]
    said = "; ".join(found[:_SHOWN]) + (f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
    raise RunError(f"{data.source} is not what it was when the run began: {said}", "put it back, or train again")


def describe_backbone(entry: Entry, recipe: Recipe) -> dict[str, Any]:
    """Return the entry's id and the hash of each of its files that a resolved recipe loads, where one is known.

    The card is not loaded: its words may change.
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
    """Raise RunError where the entry has files of other hashes than ``describe_backbone`` said when the run began.

    Nothing is said of a file whose hash is not known on both sides, nor where None is known, as of older runs.
    """
    if known is None:
        return
    now = describe_backbone(entry, recipe)["hashes"]
    if any(now.get(name, hashed) != hashed for name, hashed in known["hashes"].items()):
        raise RunError(
            f"{entry.id} is not what it was when {run} was trained: its files have other hashes",
            "put them back, or train again",
        )


def _write_set_aside(folder: RunFolder, opened: Opened) -> None:
    """Write the inputs that could not be read, with reasons; no file where there are none."""
    if opened.set_aside:
        lines = [
            json.dumps({"name": each.name, "reason": each.reason}, ensure_ascii=False) for each in opened.set_aside
        ]
        write_text(folder.set_aside, "\n".join(lines) + "\n")


def _changes(known: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    before, after = known.get("classes", {}), now["classes"]
    if before != after:
        yield from (f"the class {name!r} is gone" for name in before.keys() - after.keys())
        yield from (f"the class {name!r} is new" for name in after.keys() - before.keys())
        for name in [name for name in before if name in after and before[name] != after[name]]:
            counts = before[name]["samples"], after[name]["samples"]
            if counts[0] != counts[1]:
                yield f"the class {name!r} had {counts[0]} samples and has {counts[1]}"
            else:
                yield f"the class {name!r} has other contents"
    elif known.get("order") != now["order"]:
        yield "the same samples come in another order"
    elif known.get("labels", now["labels"]) != now["labels"]:
        yield "the same samples have other labels"
    elif known.get("splits") != now["splits"]:
        yield f"its splits had {known.get('splits')} samples and have {now['splits']}"
    else:
        yield "the same samples are split otherwise"
