"""Training log in JSON Lines; the first line has the settings of the run."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

Entry = Mapping[str, float | int]


def begin(log: Path, settings: Entry, bank: str, step: int) -> None:
    """Start a log, or continue it after `step`.

    The first line is rewritten, because the number of steps may have changed.
    """
    lines = log.read_text().splitlines() if step else []
    entries = [line for line in lines if 0 < json.loads(line).get("step", 0) <= step]
    first = json.dumps({"settings": dict(settings), "bank": bank})
    log.write_text("\n".join([first, *entries]) + "\n")


def append(log: Path, entry: Entry) -> None:
    """Append a line to the log and print it on stderr."""
    line = json.dumps(entry)
    with log.open("a") as file:
        file.write(line + "\n")
    sys.stderr.write(line + "\n")


def read(log: Path) -> tuple[dict[str, dict[str, float | int]], list[dict[str, float | int]]]:
    """Return the first line and the entries."""
    first, *entries = [json.loads(line) for line in log.read_text().splitlines()]
    return first, entries
