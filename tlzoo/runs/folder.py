"""The folder that a run leaves: what is where in it, and who may write to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tlzoo.artifacts.formats.documents import refuse_shared
from tlzoo.errors import RunError, UsageError
from tlzoo.runs.paths import RunPaths
from tlzoo.runs.verification import Part, check_run

__all__ = ["RunFolder"]


class RunFolder(RunPaths):
    """The folder of a run, which one process at a time may write to."""

    __slots__ = ()

    @classmethod
    def check_parent(cls, parent: Path) -> None:
        """Raise UsageError where no folder can be made under ``parent`` as a file is in the way."""
        for each in (parent, *parent.parents):
            if each.exists():
                if not each.is_dir():
                    raise UsageError(f"{each} is a file, and runs go into a folder", "give another with --out")
                return

    @classmethod
    def create(cls, parent: Path, *words: str) -> RunFolder:
        """Make a new folder under ``parent``, named by the time and these words."""
        stem = "-".join([datetime.now().astimezone().strftime("%Y%m%d-%H%M%S"), *map(_plain, words)])
        for number in range(1, 1000):
            path = parent / (stem if number == 1 else f"{stem}-{number}")
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise RunError(
                    f"no folder can be made in {parent} ({error.strerror})", "give another with --out"
                ) from error
            return cls(path)
        raise RunError(f"no free name for a run in {parent}")

    @classmethod
    def find(cls, path: Path) -> RunFolder:
        """Return an existing run, unchecked, for a listing; raise RunError for a folder that is not a run."""
        folder = cls(path)
        if not folder.recipe.is_file():
            raise RunError(f"{path} is no run: it has no recipe.toml", "`tlzoo runs` lists the runs there are")
        return folder

    @classmethod
    def open(cls, path: Path, *parts: Part) -> RunFolder:
        """Return an existing run, once its documents and the named parts have been verified.

        Raises RunError for a folder that is not a run, and BytesRefusedError for one with changed files, links, or
        files that hold what they must not.
        """
        folder = cls.find(path)
        check_run(folder, parts)
        return folder

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for one process. The lock dies with its process.

        Raises RunError where another process works on the run, BytesRefusedError where the lock is a link, a hard
        link or a pipe.
        """
        from filelock import FileLock, Timeout

        refuse_shared(self.path / ".lock")  # taking the lock would empty the file that it leads to
        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise RunError(f"another process works on {self.path}", "wait for it, or stop it") from error
        try:
            yield
        finally:
            lock.release()


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", word).strip("-.")[:40] or "run"
