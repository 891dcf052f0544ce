"""Results of a comparison of strategies: scores, regret, and differences within noise."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from tlzoo.tabular import Table, Tabular

__all__ = ["Difference", "Measurement", "StrategyBench", "StrategyRow", "paired_interval"]

_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run: its test score, or the reason why it failed."""

    case: str
    strategy: str
    seed: int
    score: float | None
    seconds: float
    """Duration, without the computation of features that were not cached yet."""
    error: str | None = None
    feature_seconds: float = 0.0
    """Duration of that computation, which the first run of a case has, with that of its warm-up."""


@dataclass(frozen=True, slots=True)
class StrategyRow:
    """One strategy on one case, over all seeds."""

    case: str
    strategy: str
    scores: tuple[float, ...]
    """Test score of each seed."""
    seconds: float | None
    """Median duration of a run, without the computation of features that were not cached yet."""
    regret: float | None
    """Mean score of the best strategy of the case, less the own mean score."""
    within_noise: bool | None
    """Whether the difference from the best strategy of the case is within noise; None if it is unknown."""
    error: str | None = None

    @property
    def score(self) -> float | None:
        """The mean score."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def spread(self) -> float | None:
        """The standard deviation of the scores over the seeds."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean paired difference ``first`` less ``second``, over the seeds and cases that both have."""

    first: str
    second: str
    value: float
    interval: tuple[float, float] | None
    """Confidence interval, for all pairs of strategies together at 95 %; None if it is unknown."""

    @property
    def within_noise(self) -> bool | None:
        """Whether the interval contains zero; None if it is unknown."""
        return None if self.interval is None else self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True, repr=False)
class StrategyBench(Tabular):
    """Strategies compared on a suite; it displays as a table with a column for each case."""

    suite: str
    score_name: str
    seeds: int
    cases: tuple[str, ...]
    strategies: tuple[str, ...]
    measurements: tuple[Measurement, ...]
    unit: str = "share"
    """Unit of the scores: a share is shown in percent, other numbers unchanged."""

    @property
    def rows(self) -> tuple[StrategyRow, ...]:
        """One row for each case and strategy."""
        return tuple(row for case in self.cases for row in self._of_case(case))

    @property
    def regret(self) -> Mapping[str, float | None]:
        """The mean regret over the cases by strategy, lowest first; None for a strategy that failed on one."""
        found = {name: [row.regret for row in self.rows if row.strategy == name] for name in self.strategies}
        means = {name: _mean(each) for name, each in found.items()}
        return dict(sorted(means.items(), key=lambda pair: (pair[1] is None, pair[1] or 0.0)))

    @property
    def feature_seconds(self) -> float:
        """The seconds spent on features, which are computed once and cached; no strategy's seconds have them."""
        return sum(each.feature_seconds for each in self.measurements)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The paired differences of all pairs of strategies, over seeds and cases."""
        return tuple(self._differences(self.cases))

    @property
    def within_noise(self) -> Mapping[str, tuple[str, ...] | None]:
        """For each strategy, the others from which it does not differ significantly; None if none are known."""
        known = {
            frozenset((each.first, each.second)): each.within_noise
            for each in self.differences
            if each.within_noise is not None
        }
        return {
            name: tuple(other for other in self.strategies if known.get(frozenset((name, other))))
            if any(name in pair for pair in known)
            else None
            for name in self.strategies
        }

    def to_records(self) -> list[dict[str, Any]]:
        """Return the rows as plain values."""
        return [
            {
                "case": row.case,
                "strategy": row.strategy,
                "score": row.score,
                "spread": row.spread,
                "scores": list(row.scores),
                "seconds": row.seconds,
                "regret": row.regret,
                "within_noise": row.within_noise,
                "error": row.error,
            }
            for row in self.rows
        ]

    def to_json(self) -> dict[str, Any]:
        """Return what ``tlzoo strategies bench --json`` prints."""
        return {
            "suite": self.suite,
            "score": self.score_name,
            "seeds": self.seeds,
            "rows": self.to_records(),
            "regret": dict(self.regret),
            "feature_seconds": self.feature_seconds,
            "within_noise": {
                name: None if others is None else list(others) for name, others in self.within_noise.items()
            },
            "differences": [
                {
                    "first": each.first,
                    "second": each.second,
                    "value": each.value,
                    "interval": None if each.interval is None else list(each.interval),
                }
                for each in self.differences
            ],
        }

    def table(self) -> Table:
        """Return a table with a row for each strategy, lowest regret first."""
        return self._table(bold="*", noise="{}*")

    def to_markdown(self) -> str:
        """Return the table in Markdown, with bold scores where the difference from the best is within noise."""
        table = self._table(bold="", noise="**{}**")
        lines = [table.columns, ["---"] * len(table.columns), *table.rows]
        cells = [[str(cell).replace("|", "\\|") for cell in line] for line in lines]
        return "".join(f"| {' | '.join(line)} |\n" for line in cells)

    def _table(self, *, bold: str, noise: str) -> Table:
        rows = {(row.case, row.strategy): row for row in self.rows}
        shown = [
            (
                name,
                *(_cell(rows[case, name], noise, self._format) for case in self.cases),
                "-" if regret is None else self._format(regret),
                _seconds(rows[case, name].seconds for case in self.cases),
            )
            for name, regret in self.regret.items()
        ]
        columns = ("strategy", *self.cases, "regret", "seconds")
        percent = " in percent" if self.unit == "share" else ""
        of = f"mean ± standard deviation of {self.seeds} seeds" if self.seeds > 1 else "one seed"
        caption = f"{self.score_name}{percent}, {of}"
        marked = bool(bold) and any(row.within_noise for row in rows.values())
        note = f"; {bold} not significantly below the best of its column" if marked else ""
        sums = "; seconds: sum of the data sets' medians" if len(self.cases) > 1 else "; seconds: median of a run"
        features = self.feature_seconds
        apart = f", without the {features:.0f} s for cached features, computed once" if features else ""
        return Table(columns, shown, frozenset(columns[1:]), caption + note + sums + apart)

    def _format(self, score: float) -> str:
        return f"{100 * score:.1f}" if self.unit == "share" else f"{score:.4g}"

    def _of_case(self, case: str) -> Iterator[StrategyRow]:
        scores = {name: self._scores(name, [case]) for name in self.strategies}
        whole = {name: each for name, each in scores.items() if len(each) == self.seeds}
        best = max(whole, key=lambda name: statistics.fmean(whole[name].values()), default=None)
        noise = {frozenset((each.first, each.second)): each for each in self._differences([case])}
        for name in self.strategies:
            own = [each for each in self.measurements if (each.case, each.strategy) == (case, name)]
            error = next((each.error for each in own if each.error is not None), None)
            found = tuple(scores[name].values())
            regret = within = None
            if best is not None and name in whole:
                regret = statistics.fmean(whole[best].values()) - statistics.fmean(found)
                of_best = len(found) > 1 or None  # a single score has no noise to compare with
                within = of_best if name == best else noise[frozenset((name, best))].within_noise
            seconds = statistics.median(each.seconds for each in own if each.score is not None) if found else None
            yield StrategyRow(case, name, found, seconds, regret, within, error)

    def _differences(self, cases: Sequence[str]) -> Iterator[Difference]:
        found = {name: self._scores(name, cases) for name in self.strategies}
        pairs = list(combinations(self.strategies, 2))
        for first, second in pairs:
            common = sorted(found[first].keys() & found[second].keys())
            if not common:
                continue
            one, other = (np.array([found[name][key] for key in common]) for name in (first, second))
            interval = paired_interval(one, other, 1 - (1 - _LEVEL) / len(pairs))
            yield Difference(first, second, float(np.mean(one - other)), interval)

    def _scores(self, strategy: str, cases: Iterable[str]) -> dict[tuple[str, int], float]:
        wanted = set(cases)
        return {
            (each.case, each.seed): each.score
            for each in self.measurements
            if each.strategy == strategy
            and each.case in wanted
            and each.score is not None
            and math.isfinite(each.score)
        }


def paired_interval(first: np.ndarray, second: np.ndarray, level: float = _LEVEL) -> tuple[float, float] | None:
    """Return the confidence interval of the mean paired difference ``first`` less ``second`` (Student's t).

    Args:
        first: Scores (N,).
        second: Scores (N,) of the same cases and seeds.
        level: Confidence level. With k pairs of strategies, 1 - 0.05 / k (Bonferroni) holds for all together at 95 %.

    Returns:
        Low and high; None for a single pair, a score that is not finite, or differences that all have the same value
        other than zero: test scores are discrete, so a few equal differences do not show that there is no noise.
    """
    from scipy.stats import ttest_rel

    if len(first) < 2 or not np.isfinite([first, second]).all():  # noqa: PLR2004 - a spread needs two
        return None
    differences = first - second
    if np.ptp(differences) < 1e-12:  # noqa: PLR2004 - the t statistic is not defined
        return (0.0, 0.0) if abs(differences[0]) < 1e-12 else None  # noqa: PLR2004 - rounding
    found = ttest_rel(first, second).confidence_interval(level)
    return float(found.low), float(found.high)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return statistics.fmean(known) if known and len(known) == len(values) else None


def _cell(row: StrategyRow, noise: str, shown: Callable[[float], str]) -> str:
    if row.score is None:
        return "failed" if row.error else "-"
    text = shown(row.score) + ("" if row.spread is None else f" ± {shown(row.spread)}")
    return noise.format(text) if row.within_noise else text


def _seconds(values: Iterable[float | None]) -> str:
    """Return the sum; a dash if the strategy failed on a case, because the sums would not be comparable."""
    known = list(values)
    return "-" if None in known else f"{sum(each for each in known if each is not None):.0f}"
