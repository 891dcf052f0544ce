"""Conformance checks of an exporter: a small network is trained, exported, and run from the file."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.session import Check, check
from tlzoo.testing.tiny import tiny_setup

if TYPE_CHECKING:
    from tlzoo.export import Arrays, Exporter, ServingModel

__all__ = [
    "EXPORTER_CHECKS",
    "ExporterSubject",
    "answers_like_the_network",
    "replaces_an_older_export",
    "stores_the_weights",
    "writes_into_the_folder",
]

_CLOSE = {"float32": 1e-4}
"""Largest accepted difference of a probability, by precision."""
_QUANTIZED = 0.4
_SMALLEST = 16
"""Bytes of a file that may hold a network."""


@final
class ExporterSubject:
    """An exporter, given by its format, with an optional precision and options: ``litert:int8``."""

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
        from tlzoo.runs.opening.exporters import find_exporters

        return find_exporters([self._name])[self._name]

    @property
    def models(self) -> tuple[ServingModel, ServingModel]:
        """A network with three classes for grey images: with its initial weights, and trained."""
        return _models()

    @cached_property
    def samples(self) -> Arrays:
        """Prepared samples by the name of the network's input."""
        network = self.models[1].network
        pixels = np.random.default_rng(0).uniform(0, 255, (24, *network.inputs[0].shape[1:]))
        return {network.inputs[0].name: pixels.astype(np.float32)}

    @cached_property
    def first(self) -> tuple[Path, dict[str, bytes]]:
        """The path and the content of an export of the network with its initial weights."""
        return self._export(trained=False)

    @cached_property
    def second(self) -> tuple[Path, dict[str, bytes]]:
        """The same of the trained network, exported into the same folder."""
        assert self.first
        return self._export(trained=True)

    @cached_property
    def folder(self) -> Path:
        """The folder for exports; it is removed with the subject."""
        path = tempfile.mkdtemp(prefix="tlzoo-check-")
        weakref.finalize(self, shutil.rmtree, path, ignore_errors=True)
        return Path(path).resolve()

    def _export(self, *, trained: bool) -> tuple[Path, dict[str, bytes]]:
        path = self.exporter.export(self.models[trained], self.samples, self.folder)
        expect(isinstance(path, Path), f"the exporter must return the path that it wrote; got {path!r}")
        expect(path.exists(), f"the returned path {path} does not exist")
        return path, _content(path)


@cache
def _models() -> tuple[ServingModel, ServingModel]:
    """Return the networks, which all subjects of a process share."""
    from tlzoo.strategies import Phase, everything
    from tlzoo.training import SupervisedTrainer

    trainer = SupervisedTrainer()
    found = []
    for trains in (False, True):
        with tempfile.TemporaryDirectory(prefix="tlzoo-check-") as folder:
            state = trainer.prepare(tiny_setup(Path(folder)))
            if trains:
                phase = Phase(name="everything", train=everything(), rates=1e-2)
                trainer.run(state, phase, 1, trainer.plan(state, phase), _NoRecord())
            found.append(trainer.serving_model(state))
    return found[0], found[1]


class _NoRecord:
    """A record that forgets its lines."""

    def append(self, **figures: Any) -> None:
        """Forget one line."""


@check()
def writes_into_the_folder(subject: ExporterSubject) -> None:
    """Check that it writes a file or folder that is not empty into its folder, and returns the path."""
    path, content = subject.first
    expect(subject.folder in path.resolve().parents, f"the exporter wrote to {path}, outside its folder")
    size = sum(map(len, content.values()))
    expect(size >= _SMALLEST, f"the exporter wrote {size} bytes, which cannot be a network")
    if subject.exporter.of_run:
        others = [each for each in subject.folder.iterdir() if each not in (path.resolve(), *path.resolve().parents)]
        names = ", ".join(sorted(each.name for each in others)[:3])
        expect(not others, f"the exporter left other files in the run folder: {names}")


@check(writes_into_the_folder)
def replaces_an_older_export(subject: ExporterSubject) -> None:
    """Check that a second export replaces the first one, as after an interrupted run."""
    first, again = subject.first[0], subject.second[0]
    expect(first == again, f"the exporter wrote {first.name}, then {again.name}")


@check(replaces_an_older_export)
def stores_the_weights(subject: ExporterSubject) -> None:
    """Check that the files of a network before and after training differ."""
    same = subject.first[1] == subject.second[1]
    expect(not same, "the file of a trained network is the same as before training")


@check(replaces_an_older_export)
def answers_like_the_network(subject: ExporterSubject) -> None:
    """Check that the file, opened by its runtime, predicts like the trained network, in batches of any size."""
    runtime = subject.exporter.open(subject.second[0], 1)
    if runtime is None:
        raise SkippedError("the format has no runtime: define open() to have its files compared with the run")
    (values,) = subject.samples.values()
    wanted = np.asarray(subject.models[1].network(values, training=False))
    most = _CLOSE.get(subject.exporter.precision, _QUANTIZED)
    for size in (1, 5, len(values)):
        found = runtime({each: array[:size] for each, array in subject.samples.items()})
        shape = (size, wanted.shape[1])
        expect(np.shape(found) == shape, f"the file returns the shape {np.shape(found)}, not {shape}")
        difference = float(np.abs(np.asarray(found) - wanted[:size]).max())
        expect(
            difference <= most,
            f"predictions of the file differ from the network's by up to {difference:.2g}, more than {most:g}",
        )


def _content(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return {str(each.relative_to(path)): each.read_bytes() for each in files}


EXPORTER_CHECKS: tuple[Check[ExporterSubject], ...] = (
    writes_into_the_folder,
    replaces_an_older_export,
    stores_the_weights,
    answers_like_the_network,
)
