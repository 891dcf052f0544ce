"""Comparison of strategies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import tlzoo
from tlzoo.api.recipe_arguments import Choice, named_choice
from tlzoo.progress import Progress
from tlzoo.runs.consent.user_code import name_code

if TYPE_CHECKING:
    import tlzoo.zoo

__all__ = ["bench_strategies"]


def bench_strategies(
    *strategies: Choice,
    suite: str | Path | None = None,
    seeds: int = 3,
    against: Sequence[Choice] | None = None,
    out: str | Path = "strategy-bench",
    trust: Sequence[str] = (),
    progress: Progress | None = None,
) -> tlzoo.zoo.StrategyBench:
    """Compare strategies on a suite of data sets: score, regret and seconds, and which differences are within noise.

    >>> found = tlzoo.bench_strategies("feature-extraction", suite="suite.toml", seeds=1, against=[])
    >>> found.regret
    {'feature-extraction': 0.0}

    Regret is the mean score of the best strategy less the own mean score, averaged over the cases. Differences are
    paired over seeds and cases, because the same seed draws the same labels for every strategy. Their intervals
    (Student's t, Bonferroni) hold for all pairs of strategies together at 95 %.

    An interrupted comparison continues from the results in ``out``.

    Args:
        strategies: Names, ``module:Class``, ``./file.py:Class``, mappings of ``name`` and options, classes or objects.
            Their code is run.
        suite: TOML file with a table ``sets.NAME`` for each data set: ``data``, ``entries``, ``labels`` (label budgets
            per class) and fields of recipes. None: the packaged suite.
        seeds: Number of draws of the labels.
        against: Strategies to compare with. None: feature-extraction, fine-tune and multi-step.
        out: Folder of the results. Remove it if the data change.
        trust: The suite, if it names code that you allow to run, and entries.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        The comparison, which displays as a table; ``to_markdown()`` and ``to_pandas()``.

    Raises:
        UsageError: If a strategy is unknown, or the suite is invalid.
        EntryError: If the suite has an unknown entry.
        DataError: If data of the suite cannot be used.
        BytesRefusedError: If the suite names code that you have not allowed to run.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import trust_named
    from tlzoo.zoo.strategy_bench import AGAINST, read_suite
    from tlzoo.zoo.strategy_bench import bench_strategies as bench

    cases = read_suite(None if suite is None else Path(suite))
    chosen = [named_choice(each) for each in (*strategies, *(AGAINST if against is None else against))]
    for each in chosen:
        name_code(each.name)
    with using(trusted=trust_named(trust) or None):
        return bench(chosen, cases, seeds=seeds, out=Path(out), progress=progress)
