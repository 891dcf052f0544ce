"""Verbs on entries of the zoo: look up, compare, rank and measure them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import tlzoo
from tlzoo.durations import TimeBudget
from tlzoo.progress import Progress

if TYPE_CHECKING:
    import tlzoo.data
    import tlzoo.registry
    import tlzoo.zoo

__all__ = ["bench", "compare", "entries", "entry", "rank"]


def entries(
    *patterns: str,
    where: str | None = None,
    modality: str | None = None,
    sort: str = "id",
    installed: bool = False,
) -> tlzoo.zoo.Entries:
    """Return the zoo's entries that fit, those of plugins that are not installed among them: ``tlzoo list``.

    They show as a table, in a notebook too; ``to_pandas()`` has all fields.

    >>> tlzoo.entries("resnet*", where="params < 30M", sort="-top1")  # doctest: +SKIP

    Args:
        patterns: Parts of ids, or wildcards such as ``"keras/*net*"``; none for all entries.
        where: A condition on fields: ``"params < 10M and modality = vision"``.
        modality: Only entries of this modality.
        sort: A field to order by; after a ``-`` the largest first.
        installed: Only entries whose plugin is installed.

    Raises UsageError for an unknown field or modality, with the nearest name.
    """
    from tlzoo.zoo.listing.entries import Entries
    from tlzoo.zoo.listing.query import query

    return Entries(tuple(query(patterns, where=where, modality=modality, sort=sort, installed=installed)))


def entry(name: str) -> tlzoo.registry.Entry:
    """Return one entry by its id or an unambiguous short name; raise EntryError otherwise."""
    from tlzoo.plugins import catalog

    return catalog().get(name)


def compare(
    *names: str,
    data: tlzoo.data.DataLike | None = None,
    sample: int | None = None,
    seed: int = 0,
    out: str | Path = "runs",
    progress: Progress | None = None,
) -> tlzoo.zoo.Comparison:
    """Put entries side by side: the known facts of each, and the fields that differ. ``tlzoo compare``.

    Args:
        names: Ids or unambiguous short names, two at least.
        data: A data source or data in memory: the comparison then has ``ranking`` and ``runs``, too.
        sample: How many samples of the data are scored; as for ``rank``.
        seed: Of the sample.
        out: The folder with earlier runs.
        progress: Shows how much is done.
    """
    from tlzoo.progress import Silent
    from tlzoo.runs import open_source
    from tlzoo.runs.opening.memory import as_source
    from tlzoo.zoo.comparison import compare_entries, compare_on

    found = compare_entries(names)
    if data is None:
        return found
    shown = progress or Silent()
    source, _kept = as_source(data, progress)
    return compare_on(found, open_source(source, shown), out=Path(out), count=sample, seed=seed, progress=shown)


def rank(
    data: tlzoo.data.DataLike,
    *,
    backbones: Sequence[str] = (),
    where: str | None = None,
    scores: Sequence[str] = (),
    by: str | None = None,
    sample: int | None = None,
    per_class: int | None = None,
    seed: int = 0,
    budget: TimeBudget | None = None,
    progress: Progress | None = None,
) -> tlzoo.zoo.Ranking:
    """Rank entries for data, by scores of a sample; arguments are the options of ``tlzoo rank``.

    ``data`` is a data source, such as ``"images:photos/"``, or data in memory, such as ``(x, y)``.
    """
    from tlzoo.runs.opening.memory import as_source
    from tlzoo.zoo.ranking import rank as rank_zoo

    source, _kept = as_source(data, progress)
    return rank_zoo(
        source,
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


def bench(*names: str, engine: str = "tensorflow", seconds: float = 1.0) -> list[tlzoo.zoo.Measurement]:
    """Measure entries on this machine, each in a process of its own, and keep what was measured."""
    from tlzoo.zoo.benching.bench import bench_entry

    return [bench_entry(entry(name), engine, seconds=seconds) for name in names]
