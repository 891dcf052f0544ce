"""What is known of image files from an earlier look at them, kept in the cache folder."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from typing import TYPE_CHECKING, NamedTuple

from tlzoo.atomic import atomic_write
from tlzoo.folders import cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HEADER = ["tlzoo image verdicts", 2]
"""The number goes up whenever ``decode`` accepts, refuses or sizes an image otherwise than before."""

_log = logging.getLogger(__name__)


class Verdict(NamedTuple):
    """What one file was when it was looked at: valid as long as size and time stay.

    ``reason`` is None if readable; ``look`` is the perceptual hash, 0 where there is none.
    """

    size: int
    mtime_ns: int
    sha256: str
    format: str
    height: int
    width: int
    reason: str | None
    look: int = 0


def read_verdicts(folder: Path) -> dict[str, Verdict]:
    """Return what is known of the files in ``folder``, by their path below it; nothing where the record is broken."""
    try:
        with _record(folder).open(encoding="utf-8") as lines:
            if json.loads(next(lines)) != [*_HEADER, str(folder.resolve())]:
                return {}
            return {path: _checked(Verdict(*values)) for path, *values in map(json.loads, lines)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, StopIteration) as error:
        _log.info("the record of %s is made anew: %s", folder, error)
        return {}


def write_verdicts(folder: Path, verdicts: Mapping[str, Verdict]) -> None:
    """Keep ``verdicts``. The record appears whole or not at all; where it cannot be written, the next look is slow."""
    record = _record(folder)
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(record) as stream:
            stream.write(json.dumps([*_HEADER, str(folder.resolve())]).encode() + b"\n")
            stream.writelines(json.dumps([path, *verdict]).encode() + b"\n" for path, verdict in verdicts.items())
    except OSError as error:
        _log.warning("what was found in %s cannot be kept for the next time: %s", folder, error)


def _record(folder: Path) -> Path:
    key = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return cache_folder() / "images" / f"{key}.jsonl"


def _checked(verdict: Verdict) -> Verdict:
    numbers = (verdict.size, verdict.mtime_ns, verdict.height, verdict.width, verdict.look)
    bytes.fromhex(verdict.sha256)
    if not all(isinstance(number, int) for number in numbers):
        raise TypeError("a number is not one")
    return verdict
