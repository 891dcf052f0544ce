"""Predictions that are files, such as masks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tlzoo.errors import DataError, UsageError
from tlzoo.files.atomic import atomic_write
from tlzoo.tasks import Task

__all__ = ["AnswerFiles"]


class AnswerFiles:
    """Writes the files of predictions into a folder, named after their inputs; without a folder, writes nothing.

    Raises UsageError for a folder if the task has no such files, DataError if it cannot be written.
    """

    def __init__(self, task: Task | None, folder: Path | None, kind: str) -> None:
        if folder is not None and (task is None or type(task).answer_file is Task.answer_file):
            raise UsageError(f"predictions of {kind} are not files", "leave out --out")
        self._task = task
        self._folder = folder
        self._taken: set[str] = set()

    def write(self, name: Any, outputs: Mapping[str, Any], raw: Any) -> dict[str, str]:
        """Write the file of one prediction and return its path under ``file``; empty without a folder."""
        if self._folder is None or self._task is None:
            return {}
        file = self._task.answer_file(outputs, raw)
        if file is None:
            return {}
        path = self._folder / f"{self._free(_stem(name))}{file.suffix}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as stream:
                stream.write(file.content)
        except OSError as error:
            raise DataError(f"{path} cannot be written: {error.strerror or error}", "choose another --out") from error
        return {"file": str(path)}

    def _free(self, stem: str) -> str:
        """Return a name that no other prediction of this call has."""
        found, number = stem, 1
        while found in self._taken:
            number += 1
            found = f"{stem}-{number}"
        self._taken.add(found)
        return found


def _stem(name: Any) -> str:
    stem = Path(name).stem if isinstance(name, str) else ""
    return stem if stem.strip(". ") else "input"
