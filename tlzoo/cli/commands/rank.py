"""``tlzoo rank``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli.arguments.numbers import at_least_one, seed
from tlzoo.cli.output import counted, note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import percent
from tlzoo.durations import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlzoo.zoo.ranking import Ranked, Ranking

EXAMPLE = """\
tlzoo rank --data images:photos/ --where 'params < 30M'
tlzoo rank --data images:photos/ --backbone glyphnet efficientnet-lite0 --per-class 10 --html ranking.html
tlzoo rank --data digits: --sample 500 --budget 10m --json"""

_SHOWN = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data, the selection of entries and scores, the sample sizes and the outputs."""
    parser.add_argument(
        "--data", required=True, metavar="SOURCE", help="data source: images:FOLDER, digits:, … (`tlzoo adapters`)"
    )
    parser.add_argument("--where", metavar="EXPR", help="only entries that match a condition, as in `tlzoo list`")
    parser.add_argument("--licences", metavar="SPDX,…", help="only entries with one of these licences: MIT,Apache-2.0")
    parser.add_argument(
        "--backbone", nargs="+", default=[], metavar="PATTERN", help="ids, short names or patterns; default: all"
    )
    parser.add_argument(
        "--score", nargs="+", default=[], metavar="NAME", help="scores to compute (`tlzoo scores`); default: all"
    )
    parser.add_argument("--by", metavar="NAME", help="score to sort by; default: linear-probe")
    parser.add_argument(
        "--sample",
        type=at_least_one,
        metavar="N",
        help="number of samples; default: 1,000, or ten per class if that is more",
    )
    parser.add_argument(
        "--per-class", type=at_least_one, metavar="N", help="labelled examples per class, as for `tlzoo train`"
    )
    parser.add_argument(
        "--seed",
        type=seed,
        default=0,
        metavar="N",
        help="random seed; the test split of a run with this seed is excluded; default: 0",
    )
    parser.add_argument(
        "--budget",
        metavar="TIME",
        help="time limit, such as 10m: starts with few samples, and adds samples only for the best entries",
    )
    parser.add_argument(
        "--engine",
        choices=["local", "ray"],
        default="local",
        help="where to compute features: on this machine (default) or on a Ray cluster",
    )
    parser.add_argument(
        "--no-baselines", action="store_true", help="skip the baselines (raw pixels or words, random weights)"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write the table as CSV")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write an HTML page with plots")
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> int | None:
    """Rank, print, and write the requested files; return 1 if no entry could be ranked.

    The JSON object has ``entries``, best first (``id``, ``scores``, ``intervals``, ``samples``, ``group``, ``front``,
    ``cost``, ``reported``, ``warnings``, ``curve``), ``baselines``, ``unranked`` (``id``, ``reason``, ``fix``),
    ``notes``, and the context: ``data``, ``fingerprint``, ``classes``, ``samples``, ``available``, ``seed``,
    ``by``, ``machine``.
    """
    from tlzoo.files.output_file import check_file

    budget = None if arguments.budget is None else parse_duration(arguments.budget, "--budget")
    for path, example in ((arguments.csv, "ranking.csv"), (arguments.html, "ranking.html")):
        if path is not None:
            check_file(path, example)
    from tlzoo.zoo.ranking import rank

    found = rank(
        arguments.data,
        patterns=arguments.backbone,
        where=arguments.where,
        licences=arguments.licences,
        scores=arguments.score,
        by=arguments.by,
        count=arguments.sample,
        per_class=arguments.per_class,
        seed=arguments.seed,
        budget=budget,
        baselines=not arguments.no_baselines,
        maps=arguments.html is not None,
        engine=arguments.engine,
        progress=progress_for(quiet=arguments.quiet),
    )
    _write(found, arguments)
    if arguments.json:
        print_json(found.to_json())
    else:
        print_ranking(found, quiet=arguments.quiet)
        for name, path in (("table", arguments.csv), ("page", arguments.html)):
            if path is not None:
                print_line(f"{name:8} {path}")
    return None if found.entries else 1


def _write(found: Ranking, arguments: argparse.Namespace) -> None:
    if arguments.csv is not None:
        from tlzoo.zoo.ranking.output.table_file import write_csv

        write_csv(arguments.csv, found)
    if arguments.html is not None:
        from tlzoo.zoo.ranking.output.page import write_page

        write_page(arguments.html, found)


def print_ranking(found: Ranking, *, quiet: bool) -> None:
    """Print the table, the conclusions, the expected gain from more labels, and the entries that were not ranked."""
    drawn = f"{found.samples} of {found.available} labelled samples"
    print_line(f"{found.data}, {drawn}, {len(found.classes)} classes, sorted by {found.by}; on {found.machine}\n")
    names = found.score_names
    numbers = [*names, "top1", "params", "ms", "samples"]
    rows = [_row(each, names) for each in found.entries]
    rows += [["", each.name, *(_score(each.scores.get(name)) for name in names), *[""] * 5] for each in found.baselines]
    print_table(["", "entry", *numbers, "front"], rows, right=numbers)
    print_line()
    for line in _conclusions(found):
        print_line(line)
    _print_curves(found)
    if found.unranked:
        shown = found.unranked[:_SHOWN]
        print_line()
        print_table(["not ranked", "reason", "fix"], [[each.id, each.reason, each.fix or ""] for each in shown])
        if len(found.unranked) > _SHOWN:
            note(f"… and {len(found.unranked) - _SHOWN} more: `--json` lists all", quiet=quiet)


def _row(each: Ranked, names: list[str]) -> list[str]:
    cells = []
    for name in names:
        low, high = each.intervals.get(name, (float("nan"), float("nan")))
        half = "" if high != high else f" ±{_score((high - low) / 2).strip()}"  # noqa: PLR0124 - NaN
        cells.append(_score(each.scores.get(name)) + half)
    parameters, latency = each.cost["parameters"], each.cost["latency_ms"]
    return [
        str(each.group),
        each.id,
        *cells,
        percent(each.reported.get("top1")),
        "-" if parameters is None else f"{parameters / 1e6:.3g}M",
        "-" if latency is None else f"{latency:.3g}",
        str(each.samples),
        "yes" if each.front else "",
    ]


def _score(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.3f}"  # noqa: PLR0124 - NaN


def _conclusions(found: Ranking) -> Iterator[str]:
    tied = found.tied
    if len(tied) > 1:
        yield f"no significant difference in {found.by} between these {len(tied)}: {', '.join(tied)}"
        cheapest = min(
            (each for each in found.entries if each.id in tied and each.cost["latency_ms"] is not None),
            key=lambda each: each.cost["latency_ms"] or 0.0,
            default=None,
        )
        if cheapest is not None:
            yield f"the fastest of them is {cheapest.id}: {cheapest.cost['latency_ms']:.3g} ms per prediction"
    elif tied:
        others = sum(found.by in each.scores for each in found.entries) - 1
        yield (
            f"{tied[0]} is significantly better than the others" if others else f"no other entry has a {found.by} score"
        )
    for each in found.entries:
        for warning in each.warnings:
            yield f"{each.id}: {warning}"


def _print_curves(found: Ranking) -> None:
    known = [each for each in found.entries if each.curve is not None and each.curve.expected]
    if not known:
        return
    counts = list(known[0].curve.expected) if known[0].curve else []
    rows = []
    for each in known:
        assert each.curve is not None
        cells = [
            f"{percent(each.curve.expected[count])} ({percent(low)} to {percent(high)})"
            for count, (low, high) in each.curve.intervals.items()
            if count in counts
        ]
        if len(cells) == len(counts):
            rows.append([each.id, *cells])
    columns = [f"{counted(count, 'label', 'labels')}" for count in counts]
    print_line()
    print_table(["expected linear-probe accuracy with", *columns], rows, right=columns)
