"""Cache of examination results of image files, by the SHA-256 of their bytes."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from typing import TYPE_CHECKING, NamedTuple

from tlzoo.files.atomic import atomic_write
from tlzoo.files.folders import cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HEADER = ["tlzoo image verdicts", 3]
"""The number increases with every change of the images or sizes that ``decode`` accepts."""

_log = logging.getLogger(__name__)


class Verdict(NamedTuple):
    """Results for the bytes of a file with this ``sha256`` (hex); other fields are as in ``Examined``.

    ``sha256`` is empty for a file that could not be read.
    """

    sha256: str
    format: str
    height: int
    width: int
    reason: str | None
    look: int = 0
    channels: int = 3
    transparent: bool = False


def read_verdicts(folder: Path) -> dict[str, Verdict]:
    """Return cached results for files in ``folder``, by SHA-256; empty if the cache file is broken."""
    try:
        with _record(folder).open(encoding="utf-8") as lines:
            if json.loads(next(lines)) != [*_HEADER, str(folder.resolve())]:
                return {}
            known = (_checked(Verdict(*values)) for values in map(json.loads, lines))
            return {each.sha256: each for each in known}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, StopIteration) as error:
        _log.info("the cache of image checks of %s is rebuilt: %s", folder, error)
        return {}


def write_verdicts(folder: Path, verdicts: Mapping[str, Verdict]) -> None:
    """Write ``verdicts`` atomically. If this fails, the next examination is slow."""
    record = _record(folder)
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(record) as stream:
            stream.write(json.dumps([*_HEADER, str(folder.resolve())]).encode() + b"\n")
            stream.writelines(json.dumps(verdict).encode() + b"\n" for verdict in verdicts.values())
    except OSError as error:
        _log.warning("cannot cache the image checks of %s: %s", folder, error)


def _record(folder: Path) -> Path:
    key = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return cache_folder() / "images" / f"{key}.jsonl"


def _checked(verdict: Verdict) -> Verdict:
    numbers = (verdict.height, verdict.width, verdict.look, verdict.channels)
    bytes.fromhex(verdict.sha256)
    if not all(isinstance(number, int) for number in numbers):
        raise TypeError("a number is not one")
    return verdict
