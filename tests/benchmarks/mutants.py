"""Strength of the tests: how many of sixty one-line faults they catch, and which tier catches each.

Twenty faults are chosen by hand (``mutation/handmade.py``); forty are drawn with a fixed seed from all lines that tests
run, made by the operators of cosmic-ray (``mutation/drawing.py``). For each fault the tests that run its line are run,
first those of the quick tier. Faults are applied to copies of the checkout, so the checkout itself never changes.

Run ``uv run tests/benchmarks/mutants.py``. An interrupted run resumes with the same command. The first run measures
which tests run which line, which takes one to two times as long as the whole suite; measurements and results are kept
until sources or tests change. After a change of tests, ``--map FOLDER`` uses older measurements: modules of tests added
since, and tests added to the module named after the mutant's file, are run as well.

A mutant that survives needs a test, or it is equivalent: then ``mutation/equivalents.py`` names it, with the reason.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from filelock import FileLock, Timeout
from mutation.checkout import digest, test_folders
from mutation.coverage_map import CoverageMap, measure
from mutation.drawing import drawn
from mutation.equivalents import reason_of
from mutation.forks import StoppedError, TestProcess
from mutation.handmade import handmade
from mutation.journal import Journal
from mutation.mutant import Mutant
from mutation.summary import print_summary
from mutation.tree import Tree
from mutation.trial import Trials
from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
_DRAWN = 40
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the mutants and print the summary; return 0 if the tests are strong enough, 1 if not, 130 if interrupted."""
    given = _parse(arguments)
    folder = given.folder or Path(tempfile.gettempdir(), f"tlzoo-mutants-{digest(ROOT)}")
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with FileLock(folder / "lock", timeout=0):
            return _run(given, folder.resolve())
    except Timeout:
        print(f"another run uses {folder}; wait for it, or name another --folder", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"interrupted; the same command resumes from {folder}", file=sys.stderr)
        return _INTERRUPTED


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how many one-line faults the tests catch.")
    add = parser.add_argument
    add("--folder", type=Path, metavar="FOLDER", help="measurements and results (default: in the temporary folder)")
    add("--map", type=Path, metavar="FOLDER", help="measurements of another run (default: those in the folder)")
    add("--tests", nargs="+", metavar="FOLDER", help="measure only these folders of tests (default: all)")
    add(
        "--quick",
        action="store_true",
        help="measure the quick tests only; the slow ones that run are those of the mirrored folder",
    )
    add("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: one for each core)")
    add("--seconds", type=float, nargs=2, default=(120, 240), metavar=("QUICK", "SLOW"), help="time limits of a mutant")
    add("--only", nargs="+", metavar="NAME", help="try only these mutants")
    add("--hand", type=int, metavar="N", help="try only the first N chosen mutants")
    add("--drawn", type=int, default=_DRAWN, metavar="N", help=f"number of drawn mutants (default: {_DRAWN})")
    add("--fresh", action="store_true", help="forget earlier results")
    add("--list", action="store_true", help="print the mutants and their tests without running any")
    add("--measure", action="store_true", help="measure which tests run which line, and stop")
    return parser.parse_args(arguments)


def _run(given: argparse.Namespace, folder: Path) -> int:
    measured = (given.map or folder / "map").resolve()
    if given.map is None:
        measure(ROOT, measured, given.tests or test_folders(ROOT), given.workers, quick=given.quick)
    if given.measure:
        return 0
    lines = CoverageMap(ROOT, measured)
    mutants = [*handmade(ROOT)[: given.hand], *drawn(ROOT, lines.files(), lines.covered, given.drawn)]
    if given.only:
        unknown = set(given.only) - {mutant.name for mutant in mutants}
        if unknown:
            print(f"no mutants {sorted(unknown)}; --list prints the names", file=sys.stderr)
            return 2
        mutants = [mutant for mutant in mutants if mutant.name in given.only]
    if given.list:
        _print_list(mutants, lines)
        return 0
    path = folder / "journal.jsonl"
    if given.fresh:
        path.unlink(missing_ok=True)
    journal = Journal(path)
    waiting = [each for each in mutants if each.name not in journal.results and reason_of(each) is None]
    quick, slow = given.seconds
    try:
        _try_all(waiting, lines, journal, folder, given.workers, {"quick": quick, "slow": slow})
    finally:
        console = Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)
        is_strong = print_summary(console, mutants, journal.results)
    return 0 if is_strong else 1


def _print_list(mutants: Sequence[Mutant], lines: CoverageMap) -> None:
    for mutant in mutants:
        tests = [lines.tests[name] for name in lines.covering(mutant.file, mutant.line)]
        for slow in (False, True):
            own = [test.seconds for test in tests if test.slow is slow]
            print(f"{'slow' if slow else 'quick'} {len(own):5} tests {sum(own):7.1f} s", end="  ")
        print(f"{mutant.name}  {mutant.file}:{mutant.line}\n    - {mutant.before}\n    + {mutant.after}")


def _try_all(
    mutants: Sequence[Mutant],
    lines: CoverageMap,
    journal: Journal,
    folder: Path,
    workers: int,
    seconds: dict[str, float],
) -> None:
    """Try mutants in several trees at the same time, and write each result into the journal."""
    if not mutants:
        return
    trees = folder / "trees"
    processes: list[TestProcess] = []
    idle: SimpleQueue[Trials] = SimpleQueue()
    broken: set[str] = set()
    sound: set[str] = set()
    stopping = threading.Event()

    def attempt(mutant: Mutant) -> None:
        if stopping.is_set():
            return
        trials = idle.get()
        try:
            result = trials.run(mutant)
        finally:
            idle.put(trials)
        journal.append(result)
        where = f"by the {result.tier} tier, {result.test}" if result.tier else f"{result.run} tests"
        print(f"{result.seconds:6.1f} s  {result.result:8}  {mutant.name}: {where}", flush=True)

    try:
        for number in range(min(workers, len(mutants))):
            processes.append(TestProcess(Tree(ROOT, trees / f"worker-{number}")))
            idle.put(Trials(processes[-1], lines, seconds, broken, sound))
        with ThreadPoolExecutor(len(processes)) as pool:
            try:
                for done in as_completed([pool.submit(attempt, mutant) for mutant in mutants]):
                    done.result()
            except BaseException:
                stopping.set()
                for process in processes:
                    process.stop()
                raise
    except StoppedError:
        raise KeyboardInterrupt from None
    finally:
        for process in processes:
            process.stop()
        shutil.rmtree(trees, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
