"""Finished search: its result, the best recipe and its run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tlzoo.artifacts.formats.documents import parse_toml, read_plain
from tlzoo.errors import RunError
from tlzoo.runs.files.collection import check_hashes
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.result import read_result
from tlzoo.runs.files.verification import MOST_RECIPE
from tlzoo.runs.recipe import Recipe, read_recipe
from tlzoo.runs.run import Run, find_runs
from tlzoo.runs.tuning.folder import RESTORE, TuningFolder

__all__ = ["Tuning"]


@dataclass(frozen=True)
class Tuning:
    """A finished search, in its folder."""

    path: Path

    def __fspath__(self) -> str:
        """Return the folder, so that a search may be given wherever its path may."""
        return str(self.path)

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """Return the output of ``tlzoo tune --json``; raise RunError for an unfinished search."""
        return self._verified_result | {"folder": str(self.path), "run": str(self.run.path)}

    @property
    def recipe(self) -> Recipe:
        """The best recipe. Raises BytesRefusedError for an invalid file, or one of another search."""
        check_hashes(self.path, RESTORE)
        path = TuningFolder(self.path).best
        return read_recipe(None, {}, base=parse_toml(read_plain(path, MOST_RECIPE), str(path)))

    @property
    def run(self) -> Run:
        """The run of the best recipe, within the tuning folder. It is the only run that was tested."""
        name = Path(str(self._verified_result.get("run"))).name
        for run in find_runs(TuningFolder(self.path).runs):
            if run.path.name == name:
                RunFolder.open(run.path)
                return run
        raise RunError(f"{self.path} has no run {name!r}", f"create it with `tlzoo tune --resume {self.path}`")

    @cached_property
    def _verified_result(self) -> dict[str, Any]:
        """The content of ``result.json``, after comparing the folder's documents with their hashes."""
        file = TuningFolder(self.path).result
        if not file.is_file():
            raise RunError(f"the search in {self.path} is not finished", f"resume it with `tlzoo resume {self.path}`")
        check_hashes(self.path, RESTORE)
        return read_result(file)
