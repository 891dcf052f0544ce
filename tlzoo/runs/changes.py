"""What the data of a run was when it began, and what has changed since: a resume on other data would be another run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import RunError

if TYPE_CHECKING:
    from tlzoo.data import Dataset, Environment

__all__ = ["describe_data", "refuse_changed_data"]

_SHOWN = 3


def describe_data(data: Dataset | Environment) -> dict[str, Any]:
    """Return the fingerprint and, to tell changes by, how many samples with which contents each class has."""
    from tlzoo.data import Dataset, scaling_of

    if not isinstance(data, Dataset):
        return {"fingerprint": data.fingerprint}
    classes = {}
    for name, members in _members(data).items():
        rows = sorted(row.tobytes() for row in data.samples.digests[members])
        classes[name] = {"samples": len(rows), "contents": hashlib.sha256(b"".join(rows)).hexdigest()[:16]}
    splits = {"train": len(data.train), "validation": len(data.validation), "test": len(data.test)}
    samples = hashlib.sha256(np.ascontiguousarray(data.samples.digests).tobytes()).hexdigest()[:16]
    labels = hashlib.sha256(np.ascontiguousarray(data.labels).tobytes()).hexdigest()[:16]
    described: dict[str, Any] = {"classes": classes, "splits": splits, "order": samples, "labels": labels}
    if data.task.kind == "regression":
        described["scaling"] = scaling_of(data).to_json()
    return {"fingerprint": data.fingerprint} | described


def refuse_changed_data(known: Mapping[str, Any], data: Dataset | Environment) -> None:
    """Raise RunError, saying what changed, where the data is not what ``describe_data`` said of it."""
    if known["fingerprint"] == data.fingerprint:
        return
    now = describe_data(data)
    found = list(_changes(known, now)) if "classes" in now else ["it behaves otherwise"]
    said = "; ".join(found[:_SHOWN]) + (f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
    raise RunError(f"{data.source} is not what it was when the run began: {said}", "put it back, or train anew")


def _members(data: Dataset) -> dict[str, np.ndarray]:
    """Return which samples are of each class, as masks (N,); targets are no classes."""
    match data.task.kind:
        case "classification":
            return {name: data.labels == position for position, name in enumerate(data.task.names)}
        case "multi-label":
            return {name: data.labels[:, position] > 0 for position, name in enumerate(data.task.names)}
        case "regression":
            return {}


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
