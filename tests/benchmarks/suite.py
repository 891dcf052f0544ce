"""Time of the test suite by folder, and its twenty slowest tests.

Run ``python tests/benchmarks/suite.py --all``; arguments after ``--`` go to pytest. Wall times are those of processes
that share the cores; CPU times compare better between machines and runs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console
from rich.table import Table

_SLOWEST = 20


class Time(NamedTuple):
    """Seconds of one test."""

    test: str
    cpu: float
    wall: float
    slow: bool

    @property
    def folder(self) -> str:
        """The test's folder: ``tests/data``, ``plugins/tlzoo-rl/tests``."""
        folders = Path(self.test.partition("::")[0]).parent.parts
        return "/".join(folders[: 3 if folders[:1] == ("plugins",) else 2])


def read_times(file: Path) -> list[Time]:
    """Return the times in a record; of a test that ran more than once the last."""
    lines = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    return list({test: Time(test, *figures[:3]) for test, *figures in lines}.values())


def run_suite(file: Path, arguments: Sequence[str], *, every_tier: bool) -> int:
    """Run pytest and record the times of tests in a file; return pytest's exit status."""
    options = ["-p", "recording", f"--record={file.absolute()}", *(["--every-tier"] if every_tier else [])]
    return int(pytest.main([*options, *arguments]))


def folder_table(times: Iterable[Time]) -> Table:
    """Return a table with a row for each folder: tests, wall and CPU seconds of both tiers."""
    table = Table(title="Seconds by folder")
    table.add_column("folder")
    for tier in ("quick", "slow"):
        for column in ("tests", "wall", "CPU"):
            table.add_column(f"{tier} {column}", justify="right")
    folders: dict[str, list[Time]] = {}
    for each in times:
        folders.setdefault(each.folder, []).append(each)
    for folder, own in sorted(folders.items(), key=lambda pair: -sum(each.cpu for each in pair[1])):
        table.add_row(folder, *_sums(own))
    table.add_section()
    table.add_row("total", *_sums([each for own in folders.values() for each in own]))
    return table


def slowest_table(times: Iterable[Time]) -> Table:
    """Return a table of the tests with the most wall time."""
    table = Table(title=f"{_SLOWEST} slowest tests")
    for column in ("wall", "CPU"):
        table.add_column(column, justify="right")
    table.add_column("tier")
    table.add_column("test", overflow="fold")
    for each in sorted(times, key=lambda each: -each.wall)[:_SLOWEST]:
        table.add_row(f"{each.wall:.1f}", f"{each.cpu:.1f}", "slow" if each.slow else "quick", each.test)
    return table


def _sums(times: list[Time]) -> list[str]:
    figures = []
    for slow in (False, True):
        own = [each for each in times if each.slow is slow]
        seconds = sum(each.wall for each in own), sum(each.cpu for each in own)
        figures += [str(len(own)), *(f"{each:.1f}" for each in seconds)]
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables; return pytest's exit status."""
    parser = argparse.ArgumentParser(description="Print the time of the tests by folder, and the twenty slowest tests.")
    parser.add_argument("--all", action="store_true", help="run the slow tier, too")
    parser.add_argument("--file", type=Path, metavar="RECORD", help="print a record made earlier instead of a run")
    parser.add_argument("--record", type=Path, metavar="RECORD", help="keep the record of this run in a file")
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    given = parser.parse_args(arguments)
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        record = given.file or given.record or Path(folder, "times.jsonl")
        if given.file is None:
            status = run_suite(record, given.pytest, every_tier=given.all)
        times = read_times(record) if record.is_file() else []
    console = Console(width=None if sys.stdout.isatty() else 160, markup=False)
    console.print(folder_table(times))
    console.print(slowest_table(times))
    return status


if __name__ == "__main__":
    sys.exit(main())
