"""HTML page of an inspection, with examples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.files.atomic import atomic_write
from tlzoo.zoo.inspection.examples import Example, examples_of

if TYPE_CHECKING:
    from tlzoo.data import Inspection, Samples
    from tlzoo.zoo.inspection.inspect import Inspected

__all__ = ["write_inspection"]

_OF_EACH, _MOST_EXAMPLES, _MOST_SUSPECTS = 3, 24, 24


def write_inspection(path: Path, inspected: Inspected) -> None:
    """Write the page atomically, as one HTML document without external resources."""
    from tlzoo.evaluation.page import environment

    found, samples = inspected.found, inspected.samples
    doubted = (found.suspects or ())[:_MOST_SUSPECTS]
    remarks = [f"suggested: {each.suggested}" for each in doubted]
    page = (
        environment()
        .get_template("inspection.html.jinja")
        .render(
            found=found,
            warnings=_warnings(found),
            skipped=[(each.name, each.reason) for each in found.set_aside],
            created=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
            most=max([each.samples for each in found.classes], default=0) or 1,
            suspects=_examples(samples, [each.index for each in doubted], remarks),
            samples=_examples(samples, _chosen(samples), ()),
        )
    )
    with atomic_write(path) as stream:
        stream.write(page.encode("utf-8", "backslashreplace"))


def _warnings(found: Inspection) -> list[str]:
    """Return what has to be known before training, the worst first."""
    problem = [f"Training on these data fails: {found.problem}"] if found.problem else []
    counted = (
        (len(found.leaks), "in more than one declared split; scores on these splits are too optimistic"),
        (len(found.mislabelled), "with different labels"),
    )
    groups = [f"{count} {'group' if count == 1 else 'groups'} of duplicates {text}" for count, text in counted if count]
    return [*problem, *groups, *found.notes]


def _chosen(samples: Samples) -> list[int]:
    """Return a few samples of every class, evenly spread in their order."""
    exclusive = samples.task.exclusive
    labels = samples.labels if exclusive else np.zeros(len(samples.labels), np.int64)
    of_each = _OF_EACH if exclusive else _MOST_EXAMPLES // 2
    chosen: list[int] = []
    for label in np.unique(labels)[: _MOST_EXAMPLES // 2]:
        rows = np.flatnonzero(labels == label)
        chosen += rows[np.unique(np.linspace(0, len(rows) - 1, of_each).astype(int))].tolist()
    return chosen[:_MOST_EXAMPLES]


def _examples(samples: Samples, positions: Sequence[int], remarks: Sequence[str]) -> list[Example]:
    return examples_of(samples, positions, [samples.task.show(samples.labels[each]) for each in positions], remarks)
