"""Comparison of entries: facts, differences, and earlier runs on the same data."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.plugins import catalog
from tlzoo.registry.inputs import in_words
from tlzoo.tabular import Table, Tabular
from tlzoo.zoo.benching import latest
from tlzoo.zoo.listing.cards import card
from tlzoo.zoo.listing.fields import FIELDS
from tlzoo.zoo.listing.formatting import shown, with_unit
from tlzoo.zoo.listing.rows import values_of

if TYPE_CHECKING:
    from tlzoo.data import Samples
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry
    from tlzoo.runs import Run
    from tlzoo.zoo.ranking.result import Ranking

__all__ = ["Comparison", "Line", "compare_entries", "compare_on", "runs_on"]

_LEFT_OUT = {"id", "summary", "top1", "top5"}
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: the value of each entry as text, and whether the values differ."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the values differ; an unknown value differs from a known one."""
        return len(set(self.values)) > 1


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Tabular):
    """Entries in the given order, their facts as in JSON, and lines of text.

    A comparison on data also has the ranking and earlier runs on these data, best first.
    """

    ids: tuple[str, ...]
    facts: tuple[dict[str, Any], ...]
    lines: tuple[Line, ...]
    ranking: Ranking | None = None
    runs: tuple[dict[str, Any], ...] = ()

    def to_records(self) -> list[dict[str, Any]]:
        """Return a mapping for each line: its name, whether entries differ, and the text of each entry by id."""
        return [
            {"field": line.name, "differs": line.differs, **dict(zip(self.ids, line.values, strict=True))}
            for line in self.lines
        ]

    def table(self) -> Table:
        """Return a row for each fact, with a mark where entries differ."""
        rows = [["≠" if line.differs else "", line.name, *line.values] for line in self.lines]
        return Table(["", "", *self.ids], rows)


def compare_entries(names: Sequence[str]) -> Comparison:
    """Return the facts of each entry, without importing plugin code.

    Timings are those on this machine. Raises EntryError for an unknown name, UsageError for fewer than two entries.
    """
    entries = list({entry.id: entry for entry in map(catalog().get, names)}.values())
    if len(entries) < _FEWEST:
        raise UsageError("a comparison needs two entries", "use `tlzoo show` for a single entry")
    facts = tuple(card(entry.id).facts for entry in entries)
    lines = (*_fields(entries), *_contracts(entries), *_reported(entries), *_timings(entries))
    return Comparison(tuple(entry.id for entry in entries), facts, lines)


def compare_on(
    found: Comparison, samples: Samples, *, out: Path, count: int | None, seed: int, progress: Progress
) -> Comparison:
    """Return a comparison with scores on data and the earlier runs on them.

    ``count`` samples are drawn by ``seed`` as for a ranking; ``out`` is the folder of the runs.
    """
    from tlzoo.zoo.ranking import rank

    ranking = rank(samples, patterns=found.ids, count=count, seed=seed, progress=progress)
    earlier = [result for _, result in runs_on(samples, out) if result["backbone"] in found.ids]
    runs = tuple(_run(result) for result in sorted(earlier, key=_test_score, reverse=True))
    return replace(found, ranking=ranking, runs=runs)


def _test_score(result: dict[str, Any]) -> float:
    """Return the score on the test split; NaN sorts as the lowest."""
    from tlzoo.evaluation import read_metrics

    value = read_metrics(result["test"], result.get("task")).score.value
    return -math.inf if math.isnan(value) else value


def _run(result: dict[str, Any]) -> dict[str, Any]:
    from tlzoo.evaluation import headline

    keys = ("run", "backbone", "strategy", "head", "seed", "weights")
    return {key: result.get(key) for key in keys} | {"test": headline(result["test"], result.get("task"))}


def runs_on(samples: Samples, parent: Path) -> Iterator[tuple[Run, dict[str, Any]]]:
    """Yield the finished runs under a folder on these samples, with any splits, and their results.

    Unreadable folders are skipped; ``tlzoo runs`` reports their errors.
    """
    from tlzoo.errors import BytesRefusedError, PluginError, RunError
    from tlzoo.evaluation import read_metrics
    from tlzoo.runs import RunFolder, find_runs

    order = hashlib.sha256(np.ascontiguousarray(samples.digests).tobytes()).hexdigest()[:16]
    keys = np.ascontiguousarray(samples.task.label_keys(samples.labels))
    labels = hashlib.sha256(keys.tobytes()).hexdigest()[:16]
    for run in find_runs(parent):
        known = _data_of(RunFolder(run.path).journal)
        if (known.get("order"), known.get("labels")) != (order, labels):
            continue
        try:
            result = dict(run.result)
            read_metrics(result.get("test", {}), result.get("task"))
        except (RunError, BytesRefusedError, PluginError, ValueError):
            continue
        if {"backbone", "test"} <= result.keys():
            yield run, result


def _data_of(journal: Path) -> dict[str, Any]:
    """Return the data description in a journal; empty if there is none."""
    from tlzoo.artifacts.formats.documents import parse_lines, read_plain
    from tlzoo.errors import BytesRefusedError

    try:
        first = read_plain(journal).partition(b"\n")[0]  # a run records its data first
        return parse_lines(first, str(journal))[0]
    except (OSError, BytesRefusedError, IndexError):
        return {}


def _fields(entries: Sequence[Entry]) -> Iterator[Line]:
    rows = [values_of(entry, installed=catalog().installed(entry)) for entry in entries]
    for name, field in FIELDS.items():
        values = tuple(shown(field, row.get(name)) for row in rows)
        if name not in _LEFT_OUT and set(values) != {"-"}:
            yield Line(name, values)


def _contracts(entries: Sequence[Entry]) -> Iterator[Line]:
    tables = [entry.input.field_values() for entry in entries]
    for name in dict.fromkeys(key for table in tables for key in table):
        yield Line(f"input.{name}", tuple(_text(table.get(name)) for table in tables))


def _reported(entries: Sequence[Entry]) -> Iterator[Line]:
    figures = [{f"{each.metric} on {each.data}": each.value for each in reversed(entry.reported)} for entry in entries]
    for name in dict.fromkeys(key for each in figures for key in each):
        yield Line(name, tuple("-" if name not in each else f"{each[name]:g}" for each in figures))


def _timings(entries: Sequence[Entry]) -> Iterator[Line]:
    found = [latest(entry.id) for entry in entries]
    if any(found):
        yield Line(
            "ms per prediction (this machine)",
            tuple("-" if each is None else f"{each.latency_ms:.3g}" for each in found),
        )
        yield Line(
            "samples per second (this machine)",
            tuple("-" if each is None else f"{each.throughput:,.0f}" for each in found),
        )
        peaks = [None if each is None else each.peak_bytes for each in found]
        yield Line(
            "peak memory (this machine)",
            tuple("-" if each is None else with_unit(each, of_bytes=True) for each in peaks),
        )


def _text(value: Any) -> str:
    return "-" if value is None else in_words(value)
