"""Run folder layout and locking."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tlzoo.artifacts.formats.documents import refuse_shared
from tlzoo.errors import RunError, UsageError
from tlzoo.files.local_paths import without_folders
from tlzoo.runs.files.paths import SET, TUNING, RunPaths
from tlzoo.runs.files.verification import Part, check_run

__all__ = ["RunFolder", "model_name"]


class RunFolder(RunPaths):
    """The folder of a run, which one process at a time may write to."""

    __slots__ = ()

    @classmethod
    def check_parent(cls, parent: Path) -> None:
        """Raise UsageError if a file prevents the creation of a folder under ``parent``."""
        for each in (parent, *parent.parents):
            if each.exists():
                if not each.is_dir():
                    raise UsageError(f"cannot write runs to {each}: it is a file", "choose a folder with --out")
                return

    @classmethod
    def create(cls, parent: Path, *words: str) -> RunFolder:
        """Create a new folder under ``parent``, named by the time and these words."""
        stem = "-".join([datetime.now().astimezone().strftime("%Y%m%d-%H%M%S"), *map(_plain, words)])
        for number in range(1, 1000):
            path = parent / (stem if number == 1 else f"{stem}-{number}")
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise RunError(
                    f"cannot create a folder in {parent} ({error.strerror})", "choose another folder with --out"
                ) from error
            return cls(path)
        raise RunError(f"no free folder name for a run in {parent}")

    @classmethod
    def find(cls, path: Path) -> RunFolder:
        """Return an existing run, unverified, for a listing; raise RunError if the folder is not a run."""
        folder = cls(path)
        if not folder.recipe.is_file():
            _refuse_several(path)
            raise RunError(f"{path} is not a run folder: it has no recipe.toml", "`tlzoo runs` lists all runs")
        return folder

    @classmethod
    def open(cls, path: Path, *parts: Part) -> RunFolder:
        """Return an existing run after verifying its documents and the named parts.

        Raises RunError if the folder is not a run, and BytesRefusedError if it has changed files, links, or files with
        refused content.
        """
        folder = cls.find(path)
        check_run(folder, parts)
        return folder

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the run for this process; the lock ends with the process.

        Raises RunError if another process uses the run, and BytesRefusedError if the lock is a link, a hard link or a
        pipe.
        """
        from filelock import FileLock, Timeout

        refuse_shared(self.path / ".lock")  # locking would empty the linked file
        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise RunError(f"another process is using {self.path}", "wait for that process, or stop it") from error
        try:
            yield
        finally:
            lock.release()


def _refuse_several(path: Path) -> None:
    """Raise RunError for the folder of a run set or a search, naming a run in it."""
    for document, inside, what in ((SET, "runs", "set of {} runs"), (TUNING, "best", "search")):
        if not (path / document).is_file():
            continue
        found = sorted(each for each in (path / inside).glob("*") if (each / "recipe.toml").is_file())
        said = f"{path} is a {what.format(len(found) or 'several')}, not a run"
        if not found:
            missing = "nothing is trained yet" if document == SET else "its best recipe is not trained yet"
            raise RunError(f"{said}, and {missing}", f"train it with `tlzoo resume {shlex.quote(str(path))}`")
        which = "one of them, such as" if document == SET else "the run of its best recipe,"
        raise RunError(said, f"give {which} {found[0]}")


def model_name(path: Path) -> str:
    """Return the name of a run's folder without characters that are special in addresses and names of images."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().name).strip("-._") or "run"


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", without_folders(word)).strip("-.")[:40] or "run"
