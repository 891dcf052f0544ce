"""The run's append-only record: what was planned, what came of it. A resume replays it."""

from __future__ import annotations

import errno
import json
import os
from io import RawIOBase
from pathlib import Path
from typing import Any

from tlzoo.atomic import sync
from tlzoo.errors import RunError

__all__ = ["Journal", "MetricsFile"]


class Journal:
    """JSON lines, each written through to the disk before work goes on.

    A line that a crash cut short is the last one and is dropped on reading; anything else that is not JSON is an error.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.events: list[dict[str, Any]] = _read(path)

    def append(self, event: str, **facts: Any) -> None:
        """Write one event; it is on the disk when this returns."""
        record = {"event": event, **facts}
        _append(self._path, record)
        self.events.append(json.loads(json.dumps(record)))

    def find(self, event: str, **facts: Any) -> dict[str, Any] | None:
        """Return the last event of this kind that has these facts, or None."""
        for record in reversed(self.events):
            if all(record.get(key) == value for key, value in (facts | {"event": event}).items()):
                return dict(record)
        return None


class MetricsFile:
    """``metrics.jsonl``: a line of figures for each finished epoch, without repeats after a resume."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: list[dict[str, Any]] = _read(path)

    def append(self, **figures: Any) -> None:
        """Write the figures of one epoch; those of an epoch that is there already are not written again."""
        same = [line for line in self.lines if all(line.get(key) == figures.get(key) for key in ("position", "epoch"))]
        if not same:
            _append(self._path, figures)
            self.lines.append(figures)


def _append(path: Path, record: dict[str, Any]) -> None:
    line = json.dumps(record, ensure_ascii=False, allow_nan=True) + "\n"
    is_new = not path.exists()
    with path.open("ab", buffering=0) as stream:
        whole = stream.tell()
        try:
            _write_whole(stream, line.encode("utf-8", "backslashreplace"), path)
            os.fsync(stream.fileno())
        except OSError:
            # A line cut short by a full disk must not get another one behind it.
            stream.truncate(whole)
            raise
    if is_new:
        sync(path.parent)


def _write_whole(stream: RawIOBase, line: bytes, path: Path) -> None:
    if stream.write(line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    whole, _, cut_short = path.read_bytes().rpartition(b"\n")
    if cut_short:
        with path.open("r+b") as stream:
            stream.truncate(len(whole) + 1 if whole else 0)
    try:
        return [json.loads(line) for line in whole.splitlines() if line]
    except json.JSONDecodeError as error:
        raise RunError(
            f"{path} is damaged: {error}", "this run cannot be resumed; its checkpoints are untouched"
        ) from error
