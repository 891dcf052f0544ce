"""Functions on entries of the zoo: look up, compare, rank and measure."""

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
    """Return the entries of the zoo that match, including those of plugins that are not installed.

    >>> found = tlzoo.entries("resnet*", where="params < 30M", sort="-top1")
    >>> table = found.to_pandas()

    Args:
        patterns: Parts of ids, or wildcards such as ``"keras/*net*"``. None: all entries.
        where: Condition on fields, such as ``"params < 10M and modality = vision"``.
        modality: Only entries of this modality.
        sort: Field to sort by; with ``-``, in descending order.
        installed: Only entries of installed plugins.

    Returns:
        A sequence that displays as a table; ``to_pandas()`` has all fields.

    Raises:
        UsageError: If a field or a modality is unknown.
    """
    from tlzoo.zoo.listing.entries import Entries
    from tlzoo.zoo.listing.query import query

    return Entries(tuple(query(patterns, where=where, modality=modality, sort=sort, installed=installed)))


def entry(name: str) -> tlzoo.registry.Entry:
    """Return one entry of the zoo.

    >>> tlzoo.entry("glyphnet").id
    'vision/glyphnet.glyphs'

    Args:
        name: Id or unambiguous short name.

    Returns:
        The entry.

    Raises:
        EntryError: If the name is unknown or ambiguous.
    """
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
    """Compare entries side by side: their facts, and the fields that differ.

    >>> comparison = tlzoo.compare("glyphnet", "efficientnet-lite0")
    >>> differences = [each["field"] for each in comparison.to_records() if each["differs"]]

    Args:
        names: Ids or unambiguous short names of at least two entries.
        data: Data source, or data in memory; the comparison then also has ``ranking`` and ``runs``.
        sample: Sample size, as for ``rank``.
        seed: Random seed of the sample.
        out: Folder of earlier runs.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        The facts of each entry, as a table.

    Raises:
        EntryError: If an entry is unknown.
        UsageError: If fewer than two entries are given.
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
    licences: str | Sequence[str] | None = None,
    scores: Sequence[str] = (),
    by: str | None = None,
    sample: int | None = None,
    per_class: int | None = None,
    seed: int = 0,
    budget: TimeBudget | None = None,
    progress: Progress | None = None,
) -> tlzoo.zoo.Ranking:
    """Rank entries for a data set by scores on a sample, without fine-tuning.

    >>> ranking = tlzoo.rank("images:photos/", backbones=["glyphnet", "efficientnet-lite0"], scores=["knn"])
    >>> best = ranking.entries[0].id

    Args:
        data: Data source, such as ``"images:photos/"``, or data in memory, such as ``(x, y)``.
        backbones: Ids, short names or patterns. Empty: all entries.
        where: Condition on fields, as for ``entries``.
        licences: SPDX names of the licences that an entry may have. None or an empty list: any.
        scores: Names of scores. Empty: all.
        by: Score to sort by. None: ``"linear-probe"``.
        sample: Sample size. None: 1,000, or ten per class.
        per_class: Labelled examples per class, as for ``train``.
        seed: Random seed; the test split of a run with this seed is excluded.
        budget: Time limit: seconds, or a string such as ``"10m"``. Each round drops entries and adds samples.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        The ranked entries with scores and confidence intervals, baselines, and entries that were not ranked.

    Raises:
        UsageError: If a name, a condition or a score is invalid.
        DataError: If the data cannot be used.
    """
    from tlzoo.runs.opening.memory import as_source
    from tlzoo.zoo.ranking import rank as rank_zoo

    source, _kept = as_source(data, progress)
    return rank_zoo(
        source,
        patterns=backbones,
        where=where,
        licences=licences,
        scores=scores,
        by=by,
        count=sample,
        per_class=per_class,
        seed=seed,
        budget=budget,
        progress=progress,
    )


def bench(*names: str, engine: str = "tensorflow", seconds: float = 1.0) -> list[tlzoo.zoo.Measurement]:
    """Measure entries on this machine, each in its own process, and store the results.

    >>> measurements = tlzoo.bench("glyphnet", seconds=0.1)

    Args:
        names: Ids or short names.
        engine: ``"tensorflow"``, ``"openvino"`` or ``"openvino-bf16"``.
        seconds: Measuring time for each batch size.

    Returns:
        Load time, latency, throughput and peak memory of each entry.

    Raises:
        EntryError: If an entry is unknown.
        TlzooError: If a measurement fails.
    """
    from tlzoo.zoo.benching.bench import bench_entry

    return [bench_entry(entry(name), engine, seconds=seconds) for name in names]
