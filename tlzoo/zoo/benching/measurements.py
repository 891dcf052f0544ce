"""``measurements.jsonl``: append-only measurements, one per line, of the user and of plugins."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tlzoo.files.folders import settings_path
from tlzoo.files.format_number import with_format, without_format
from tlzoo.plugins import catalog
from tlzoo.zoo.benching.machine import Machine, this_machine

__all__ = [
    "Measurement",
    "append_measurement",
    "latest",
    "measurements",
    "measurements_path",
    "now",
    "read_measurement",
]


_MOST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Measurement:
    """Measurement of one entry with one engine on one machine.

    ``digest`` identifies what was loaded (weights, sizes). ``latency_ms`` is the median time of predicting one
    preprocessed sample; ``throughput`` is the maximum of samples per second, at batch size ``batch``. ``load_seconds``
    and ``peak_bytes`` (of the whole process, with TensorFlow) are measured only by ``bench``. ``by`` is the command
    that measured, ``time`` is UTC.
    """

    entry: str
    digest: str
    engine: str
    machine: Machine
    latency_ms: float
    throughput: float
    batch: int
    by: str
    time: str
    load_seconds: float | None = None
    peak_bytes: int | None = None
    versions: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values; the machine includes its ``id``."""
        machine = {**asdict(self.machine), "id": self.machine.id, "gpus": list(self.machine.gpus)}
        return asdict(self) | {"machine": machine, "versions": dict(self.versions)}


def measurements_path() -> Path:
    """Return the user's file in the settings folder; it may not exist."""
    return Path(settings_path()) / "measurements.jsonl"


def append_measurement(measurement: Measurement) -> Path:
    """Append a line to the user's file. Raises OSError if it is not writable."""
    path = measurements_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (json.dumps(with_format(measurement.to_json()), ensure_ascii=False) + "\n").encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, line)  # a single write keeps lines of several processes intact
    finally:
        os.close(descriptor)
    return path


def measurements() -> list[Measurement]:
    """Return the measurements on machines like this one, oldest first; unreadable lines are skipped.

    A plugin may have a ``measurements.jsonl`` next to its registry.
    """
    here = this_machine().id
    return sorted((each for each in _all() if each.machine.id == here), key=lambda each: each.time)


def latest(entry: str, *, digest: str | None = None, engine: str | None = None) -> Measurement | None:
    """Return the newest measurement of an entry on this machine, with this digest and engine.

    Measurements by ``bench`` take precedence over those that other commands made as a by-product.
    """
    found = [
        each
        for each in measurements()
        if each.entry == entry and digest in {None, each.digest} and engine in {None, each.engine}
    ]
    return max(found, key=lambda each: (each.by == "bench", each.time), default=None)


def now() -> str:
    """Return the current time for a measurement."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_measurement(line: str) -> Measurement | None:
    """Return the measurement in a line; None if the line is damaged or has a newer format."""
    names = {each.name for each in fields(Measurement)}
    try:
        said = without_format(json.loads(line), "a measurement", error=ValueError)
        machine = said["machine"]
        values = {name: value for name, value in said.items() if name in names}
        values["machine"] = Machine(str(machine["processor"]), int(machine["cores"]), tuple(machine["gpus"]))
        values["versions"] = tuple(said.get("versions", {}).items())
        found = Measurement(**values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found if _is_whole(found) else None


def _is_whole(found: Measurement) -> bool:
    """Return whether the values of a line have the right types: a plugin's file may contain anything."""
    words = (found.entry, found.digest, found.engine, found.by, found.time, *found.machine.gpus)
    numbers = [found.latency_ms, found.throughput, found.batch, found.load_seconds, found.peak_bytes]
    known = [each for each in numbers if each is not None]
    return (
        all(isinstance(each, str) for each in (*words, *(part for pair in found.versions for part in pair)))
        and None not in numbers[:3]
        and all(type(each) in {int, float} and math.isfinite(each) and each >= 0 for each in known)
    )


def _all() -> Iterator[Measurement]:
    shipped = [
        Path(plugin.registry.origin).with_name("measurements.jsonl")
        for plugin in catalog().plugins.values()
        if plugin.registry is not None
    ]
    for path in (*dict.fromkeys(shipped), measurements_path()):
        try:
            if not path.is_file() or path.stat().st_size > _MOST_BYTES:  # opening a pipe would block
                continue
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            continue
        yield from filter(None, map(read_measurement, lines))
