"""Summary of the trials: a table of the mutants, and the shares that both tiers catch."""

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
    """Print a table of the mutants that have results, counts, and the equivalent mutants with the reason.

    Returns:
        Whether the tests are strong enough: they catch every mutant that is not equivalent, and the quick tier catches
        nine in ten of these.
    """
    equivalent = {mutant.name for mutant in mutants if is_equivalent(mutant, results)}
    judged = [mutant for mutant in mutants if mutant.name not in equivalent]
    tried = [mutant for mutant in judged if mutant.name in results]
    console.print(_table(tried, results))
    for kind, title in (("hand", "chosen by hand"), ("drawn", "drawn")):
        own = [mutant for mutant in tried if mutant.kind == kind]
        left_out = sum(mutant.kind == kind for mutant in mutants if mutant.name in equivalent)
        console.print(f"{title}: {_counts(own, results)}; {left_out} equivalent, not counted")
    console.print(f"all: {_counts(tried, results)}")
    for mutant in mutants:
        if mutant.name in equivalent:
            console.print(f"equivalent: {mutant.name}, {_change(mutant)}\n  {reason_of(mutant)}")
    if waiting := len(judged) - len(tried):
        console.print(f"not tried yet: {waiting} mutants; run the command again")
    caught = [results[mutant.name] for mutant in tried if results[mutant.name].result != "survived"]
    quick = sum(result.tier == "quick" for result in caught)
    return len(caught) == len(judged) and quick >= QUICK_SHARE * len(judged)


def is_equivalent(mutant: Mutant, results: Mapping[str, Result]) -> bool:
    """Return whether a mutant is named as equivalent, and no test caught it nevertheless."""
    is_caught = mutant.name in results and results[mutant.name].result != "survived"
    return reason_of(mutant) is not None and not is_caught


def _table(mutants: Sequence[Mutant], results: Mapping[str, Result]) -> Table:
    table = Table(show_lines=True)
    table.add_column("mutant")
    table.add_column("change", overflow="fold", ratio=3)
    table.add_column("result")
    table.add_column("seconds", justify="right")
    table.add_column("caught by", overflow="fold", ratio=2)
    for mutant in mutants:
        result = results[mutant.name]
        ending = f"{result.result}, {result.tier}" if result.tier else result.result
        table.add_row(mutant.name, _change(mutant), ending, f"{result.seconds:.0f}", _evidence(result))
    return table


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


def _change(mutant: Mutant) -> str:
    return f"{mutant.file}:{mutant.line} {mutant.what}\n- {mutant.before}\n+ {mutant.after}"
