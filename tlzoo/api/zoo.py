"""Verbs on entries of the zoo: look up, compare, rank and measure them."""

from __future__ import annotations

from collections.abc import Sequence
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


def compare(*names: str) -> tlzoo.zoo.Comparison:
    """Put entries side by side: what is known of each, and in what they differ."""
    from tlzoo.zoo.comparison import compare_entries

    return compare_entries(names)


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
