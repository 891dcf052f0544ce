"""Conformance checks of an exporter, on a small network."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, final

from tlzoo.testing.outcome import expect
from tlzoo.testing.session import Check, check
from tlzoo.testing.tiny import tiny_setup

if TYPE_CHECKING:
    from tlzoo.export import Exporter, ServingModel

__all__ = ["EXPORTER_CHECKS", "ExporterSubject", "replaces_an_older_export", "writes_into_the_folder"]


@final
class ExporterSubject:
    """An exporter, given by the name of its format."""

    def __init__(self, name: str) -> None:
        """Store the name; the first check looks it up."""
        self._name = name

    @property
    def title(self) -> str:
        """The name of the format."""
        return self._name

    @cached_property
    def exporter(self) -> Exporter:
        """The exporter."""
        from tlzoo.runs.opening.components import find_exporters

        return find_exporters([self._name])[self._name]

    @cached_property
    def model(self) -> ServingModel:
        """A network with three classes for grey images, with random weights."""
        from tlzoo.training import SupervisedTrainer

        trainer = SupervisedTrainer()
        with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
            return trainer.serving_model(trainer.prepare(tiny_setup(Path(folder))))


@check()
def writes_into_the_folder(subject: ExporterSubject) -> None:
    """Check that it writes one file or folder into the run folder, and returns its path."""
    with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as name:
        folder = Path(name).resolve()
        path = subject.exporter(subject.model, folder)
        expect(isinstance(path, Path), f"the exporter must return the path that it wrote; got {path!r}")
        expect(path.exists(), f"the returned path {path} does not exist")
        expect(folder in path.resolve().parents, f"the exporter wrote to {path}, outside the run folder")
        others = [each.name for each in folder.iterdir() if each not in (path.resolve(), *path.resolve().parents)]
        expect(not others, f"the exporter left other files in the run folder: {', '.join(sorted(others)[:3])}")


@check(writes_into_the_folder)
def replaces_an_older_export(subject: ExporterSubject) -> None:
    """Check that a second export replaces the first one, as after an interrupted run."""
    with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as name:
        first = subject.exporter(subject.model, Path(name))
        again = subject.exporter(subject.model, Path(name))
        expect(first == again, f"the exporter wrote {first.name}, then {again.name}")
        expect(again.exists(), f"{again} does not exist after the second export")


EXPORTER_CHECKS: tuple[Check[ExporterSubject], ...] = (writes_into_the_folder, replaces_an_older_export)
