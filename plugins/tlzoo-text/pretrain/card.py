"""Writes the card of ``static.minilm``: its text from ``card.md``, its figures from the files and the benchmark.

    python tests/benchmarks/synopses.py --json plugins/tlzoo-text/pretrain/synopses.json
    python plugins/tlzoo-text/pretrain/card.py

The benchmark may be run in parts, with ``--only`` and ``--shots``, into one file each: all that are named are read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import string
from pathlib import Path
from typing import Any

from tlzoo_text.static.table import read_table

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "tlzoo_text"
NAME = "static.minilm"


def main() -> None:
    """Write the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="*", default=[HERE / "synopses.json"], help="of the benchmark")
    results = [json.loads(path.read_text("utf-8")) for path in parser.parse_args().results]
    merged = {**results[0], "accuracy": joined(results)}
    (HERE / "synopses.json").write_text(json.dumps(merged, indent=1) + "\n", "utf-8")
    weights = PACKAGE / "weights" / f"{NAME}.npz"
    table = read_table(weights)
    figures = {
        "tokens": f"{len(table.vectors):,}",
        "size": str(table.vectors.shape[1]),
        "bytes": f"{weights.stat().st_size:,}",
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "system": merged["system"],
        "seeds": str(merged["seeds"]),
        "sections": ", ".join(merged["synopses"]),
        "table": "\n".join(rows(merged["accuracy"], merged["seeds"])),
    }
    text = string.Template((HERE / "card.md").read_text("utf-8")).substitute(figures)
    (PACKAGE / "cards" / f"{NAME}.md").write_text(text, "utf-8")


def joined(results: list[dict[str, Any]]) -> dict[str, dict[str, list[float]]]:
    """Return the accuracies of all results by row and number of labels."""
    made: dict[str, dict[str, list[float]]] = {}
    for result in results:
        for row, figures in result["accuracy"].items():
            made.setdefault(row, {}).update(figures)
    return made


def rows(accuracy: dict[str, dict[str, list[float]]], seeds: int) -> list[str]:
    """Return the table in Markdown: means and standard deviations over the draws, told where they are not ``seeds``.

    A dash stands where nothing was measured.
    """
    shots = sorted({int(each) for figures in accuracy.values() for each in figures})
    lines = ["| labels a section | " + " | ".join(map(str, shots)) + " |", "|---" * (len(shots) + 1) + "|"]
    for name, figures in accuracy.items():
        found = [figures.get(str(each)) for each in shots]
        cells = [_cell(each, seeds) if each else "-" for each in found]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _cell(figures: list[float], seeds: int) -> str:
    draws = "" if len(figures) == seeds else f" ({len(figures)} draws)"
    return f"{statistics.fmean(figures):.3f} ± {statistics.pstdev(figures):.3f}{draws}"


if __name__ == "__main__":
    main()
