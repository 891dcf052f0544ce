"""What the tests caught: a table of the mutants, and the shares of both tiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from .equivalents import reason_of
from .mutant import Mutant
from .trial import Result

QUICK_SHARE = 0.9
"""The share of the mutants that the quick tier must catch."""


def print_summary(console: Console, mutants: Sequence[Mutant], results: Mapping[str, Result]) -> bool:
    """Print a table of the mutants that have results, and counts; return whether the tests are strong enough.

    They are if every mutant that is not equivalent is caught, and nine in ten by the quick tier.
    """
    tried = [mutant for mutant in mutants if mutant.name in results]
    console.print(_table(tried, results))
    judged = [mutant for mutant in tried if reason_of(mutant) is None]
    for kind, title in (("hand", "chosen by hand"), ("drawn", "drawn")):
        own = [mutant for mutant in judged if mutant.kind == kind]
        equivalent = sum(mutant.kind == kind for mutant in tried) - len(own)
        console.print(f"{title}: {_counts(own, results)}; {equivalent} equivalent")
    console.print(f"all: {_counts(judged, results)}")
    for mutant in tried:
        if (reason := reason_of(mutant)) is not None:
            console.print(f"equivalent: {mutant.name} ({_place(mutant)}): {reason}")
    if waiting := len(mutants) - len(tried):
        console.print(f"not tried yet: {waiting} mutants; run the command again")
    caught = [results[mutant.name] for mutant in judged if results[mutant.name].result != "survived"]
    quick = sum(result.tier == "quick" for result in caught)
    return not waiting and len(caught) == len(judged) and quick >= QUICK_SHARE * len(judged)


def _table(mutants: Sequence[Mutant], results: Mapping[str, Result]) -> Table:
    table = Table(show_lines=True)
    table.add_column("mutant")
    table.add_column("change", overflow="fold", ratio=3)
    table.add_column("result")
    table.add_column("seconds", justify="right")
    table.add_column("caught by", overflow="fold", ratio=2)
    for mutant in mutants:
        result = results[mutant.name]
        change = f"{_place(mutant)} {mutant.what}\n- {mutant.before}\n+ {mutant.after}"
        table.add_row(mutant.name, change, _ending(mutant, result), f"{result.seconds:.0f}", _evidence(result))
    return table


def _ending(mutant: Mutant, result: Result) -> str:
    if result.result == "survived":
        return "equivalent" if reason_of(mutant) is not None else "survived"
    return f"{result.result}, {result.tier}"


def _evidence(result: Result) -> str:
    if result.result != "survived":
        return f"{result.test}\n{result.error}".strip()
    left = f"; {result.left} were not run: time limit reached" if result.left else ""
    return f"{result.run} tests passed{left}"


def _counts(mutants: Sequence[Mutant], results: Mapping[str, Result]) -> str:
    caught = [results[mutant.name] for mutant in mutants if results[mutant.name].result != "survived"]
    quick = sum(result.tier == "quick" for result in caught)
    share = f" ({quick / len(mutants):.0%})" if mutants else ""
    survived = len(mutants) - len(caught)
    return f"{len(caught)} of {len(mutants)} caught, {quick} by the quick tier{share}, {survived} survived"


def _place(mutant: Mutant) -> str:
    return f"{mutant.file}:{mutant.line}"
