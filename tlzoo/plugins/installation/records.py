"""Records of installed plugins with their wheels in the settings folder, to restore them after an upgrade of tlzoo."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from tlzoo.errors import InstallError
from tlzoo.files.atomic import write_text
from tlzoo.files.folders import settings_path
from tlzoo.files.format_number import with_format, without_format
from tlzoo.files.lock import exclusive

from .wheels import Wheel

__all__ = ["Record", "forget_record", "keep_wheel", "records", "remember"]

_FORMAT = 2


@dataclass(frozen=True, slots=True)
class Record:
    """A plugin installed by ``tlzoo plugins install`` from ``origin``."""

    name: str
    version: str
    origin: str
    sha256: str
    wheel: str
    """File name of the wheel, which is stored under its hash."""

    @property
    def path(self) -> Path:
        """Path of the stored wheel."""
        return _wheels() / self.sha256 / self.wheel


def records() -> dict[str, Record]:
    """Return the records by name. Raises InstallError if the file is invalid."""
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
        document = {"plugins": found} if isinstance(found, list) else found  # format 1 is a list
        rows = without_format(document, str(_file()), _FORMAT, error=InstallError)["plugins"]
        return {row["name"]: Record(**row) for row in rows}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InstallError(f"{_file()} cannot be read ({error})", "correct or remove it") from error


def keep_wheel(wheel: Wheel, origin: str) -> Record:
    """Store a wheel and return its record, to be saved by ``remember`` after installation."""
    record = Record(wheel.name, wheel.version, origin, wheel.sha256, wheel.path.name)
    if record.path != wheel.path:
        record.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(wheel.path, record.path)
    return record


def remember(record: Record) -> None:
    """Save the record of an installed plugin."""
    with exclusive(_file()):
        _write(records() | {record.name: record})


def forget_record(name: str) -> None:
    """Remove the record of a plugin, and its wheel."""
    with exclusive(_file()):
        known = records()
        gone = known.pop(name, None)
        if gone is not None:
            _write(known)
            if gone.sha256 not in {each.sha256 for each in known.values()}:
                shutil.rmtree(gone.path.parent, ignore_errors=True)


def _write(known: dict[str, Record]) -> None:
    _file().parent.mkdir(parents=True, exist_ok=True)
    document = with_format({"plugins": [asdict(known[name]) for name in sorted(known)]}, _FORMAT)
    write_text(_file(), json.dumps(document, indent=2) + "\n")


def _file() -> Path:
    return Path(settings_path()) / "installed-plugins.json"


def _wheels() -> Path:
    return Path(settings_path()) / "wheels"
