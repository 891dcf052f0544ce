"""Append-only record of a run's plans and results; resume replays it."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from io import RawIOBase
from pathlib import Path
from typing import Any

from tlzoo.artifacts.formats.documents import parse_lines, read_plain, refuse_shared
from tlzoo.files.atomic import sync
from tlzoo.files.format_number import with_format, without_format
from tlzoo.runs.files.events import check_events

__all__ = ["Journal", "MetricsFile", "repair_lines"]


class _Lines:
    """JSON lines, each flushed to disk before work continues. The first line has the format number.

    An incomplete last line after a crash is ignored. Reading does not change the file: the next write removes the
    incomplete line, under the run's lock. Raises BytesRefusedError for a link and for other damage.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_repaired = False
        self._records = _read(path)

    def _write(self, record: dict[str, Any]) -> None:
        if not self._is_repaired:
            repair_lines(self._path)
            self._is_repaired = True
        _append(self._path, record if self._records else with_format(record))
        self._records.append(json.loads(json.dumps(record)))


class Journal(_Lines):
    """``journal.jsonl``: the events of a run, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        check_events(self._records, path)

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events, oldest first."""
        return self._records

    def append(self, event: str, **facts: Any) -> None:
        """Write one event; it is on disk when this returns."""
        self._write({"event": event, **facts})

    def find(self, event: str, **facts: Any) -> dict[str, Any] | None:
        """Return the last event of this kind with these values, or None."""
        for record in reversed(self._records):
            if all(record.get(key) == value for key, value in (facts | {"event": event}).items()):
                return dict(record)
        return None


class MetricsFile(_Lines):
    """``metrics.jsonl``: the metrics of each finished epoch, without repeats after a resume.

    ``listeners`` get each line once it is written.
    """

    def __init__(self, path: Path, *listeners: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(path)
        self._listeners = listeners

    @property
    def lines(self) -> list[dict[str, Any]]:
        """All lines, oldest first."""
        return self._records

    def append(self, **figures: Any) -> None:
        """Write the metrics of one epoch; an epoch that already exists is not written again."""
        keys = ("position", "epoch")
        if not any(all(line.get(key) == figures.get(key) for key in keys) for line in self._records):
            self._write(figures)
            for listener in self._listeners:
                listener(figures)


def repair_lines(path: Path) -> None:
    """Remove an incomplete last line after a crash. The process must hold the folder's lock.

    Raises BytesRefusedError for a link or a hard link, as writing would change another file.
    """
    refuse_shared(path)
    try:
        content = read_plain(path)
    except FileNotFoundError:
        return
    whole = _whole(content)
    if len(whole) != len(content):
        with path.open("r+b") as stream:
            stream.truncate(len(whole))


def _append(path: Path, record: dict[str, Any]) -> None:
    line = json.dumps(record, ensure_ascii=False, allow_nan=True) + "\n"
    is_new = not path.exists()
    with path.open("ab", buffering=0) as stream:
        whole = stream.tell()
        try:
            _write_whole(stream, line.encode("utf-8", "backslashreplace"), path)
            os.fsync(stream.fileno())
        except OSError:
            # Nothing may follow a line that is incomplete because the disk is full.
            stream.truncate(whole)
            raise
    if is_new:
        sync(path.parent)


def _write_whole(stream: RawIOBase, line: bytes, path: Path) -> None:
    if stream.write(line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        records = parse_lines(_whole(read_plain(path)), str(path))
    except FileNotFoundError:
        return []
    return [without_format(each, str(path)) for each in records[:1]] + records[1:]


def _whole(content: bytes) -> bytes:
    """Return the complete lines, without the remains of a crash."""
    return content[: content.rfind(b"\n") + 1]
