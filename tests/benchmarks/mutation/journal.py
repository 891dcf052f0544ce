"""The results of trials in a file of JSON lines, from which an interrupted run resumes."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from .trial import Result


class Journal:
    """Results by the name of the mutant. Each is on the disk when ``append`` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.results: dict[str, Result] = {}
        if path.exists():
            whole, _, _ = path.read_bytes().rpartition(b"\n")  # the rest was cut short by an interruption
            for line in whole.splitlines():
                result = Result(**json.loads(line))
                self.results[result.name] = result
            path.write_bytes(whole + b"\n" if whole else b"")

    def append(self, result: Result) -> None:
        """Write one result."""
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        self.results[result.name] = result
