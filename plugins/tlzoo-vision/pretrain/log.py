"""The log of a training: JSON lines, the first of which says what the run is."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

Entry = Mapping[str, float | int]


def begin(log: Path, settings: Entry, bank: str, step: int) -> None:
    """Start a log, or continue it after `step`; the first line is rewritten, since the end may have changed."""
    lines = log.read_text().splitlines() if step else []
    entries = [line for line in lines if 0 < json.loads(line).get("step", 0) <= step]
    first = json.dumps({"settings": dict(settings), "bank": bank})
    log.write_text("\n".join([first, *entries]) + "\n")


def append(log: Path, entry: Entry) -> None:
    """Add a line, on stderr too."""
    line = json.dumps(entry)
    with log.open("a") as file:
        file.write(line + "\n")
    sys.stderr.write(line + "\n")


def read(log: Path) -> tuple[dict[str, dict[str, float | int]], list[dict[str, float | int]]]:
    """Return the first line, and the entries."""
    first, *entries = [json.loads(line) for line in log.read_text().splitlines()]
    return first, entries
