"""A finished run, opened from its folder: its result, evaluation on other data, predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, RunError, UsageError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.history import History, Plot
from tlzoo.runs.journal import MetricsFile
from tlzoo.runs.notebook import RunReport, run_html, run_text
from tlzoo.runs.recipe import Recipe, read_recipe
from tlzoo.runs.result import read_result
from tlzoo.runs.verification import inspect_file

if TYPE_CHECKING:
    import keras

    from tlzoo.data import DataLike
    from tlzoo.tasks import Metrics

__all__ = ["Run", "find_runs"]


@dataclass(frozen=True, repr=False)
class Run:
    """A run folder. Cheap to make: everything is read when it is asked for."""

    path: Path

    def __post_init__(self) -> None:
        """Take a folder's name as a string, too."""
        object.__setattr__(self, "path", Path(self.path))

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """Return what ``tlzoo train --json`` printed; raise RunError for a run that is not finished.

        The file is inspected, not compared with its hash: whatever opens more of the run does that.
        """
        folder = RunFolder.find(self.path)
        try:
            result = read_result(folder.result)
        except FileNotFoundError as error:
            raise RunError(f"{self.path} is not finished", f"`tlzoo resume {self.path}` goes on with it") from error
        return result | {"run": str(self.path)}

    @property
    def recipe(self) -> Recipe:
        """The resolved recipe; raise BytesRefusedError or UsageError for a file that is not one."""
        folder = RunFolder.find(self.path)
        inspect_file(folder, folder.recipe.name)
        return read_recipe(folder.recipe, {})

    @property
    def test(self) -> Mapping[str, Any]:
        """The metrics on the test split."""
        test: Mapping[str, Any] = self.result.get("test", {})
        return test

    @property
    def metrics(self) -> Metrics:
        """The metrics on the test split, with their score; ``test`` has them as plain values."""
        from tlzoo.evaluation import read_metrics

        try:
            return read_metrics(self.test, self.result.get("task"))
        except ValueError as error:
            raise BytesRefusedError(f"the result of {self.path} has {error}", "train again") from error

    @property
    def history(self) -> History:
        """The figures of every epoch so far: ``history["val_loss"]``, a table, ``to_pandas()``."""
        folder = RunFolder.find(self.path)
        if not folder.metrics.is_file():
            return History(())
        inspect_file(folder, folder.metrics.name)
        return History(tuple(MetricsFile(folder.metrics).lines))

    @property
    def report(self) -> RunReport:
        """The report: its ``path``; ``open()`` shows it in a browser, and a notebook shows it as a value."""
        return RunReport(RunFolder.find(self.path).report)

    @cached_property
    def model(self) -> keras.Model:
        """The trained Keras model, from prepared samples (batch, …) to answers (batch, names).

        ``predict`` takes raw input instead. Raises RunError for a run without a Keras model, and BytesRefusedError for
        one that was changed or holds code.
        """
        folder = RunFolder.open(self.path, "model.keras")
        if not folder.model.is_file():
            raise RunError(
                f"{self.path} has no model.keras", "train again with the export format 'keras' (--export keras)"
            )
        import keras

        import tlzoo.layers  # noqa: F401 - the model may have layers of plugins

        return keras.models.load_model(folder.model, compile=False)

    def plot(self) -> Plot:
        """Return the curves of all phases, which a notebook shows; ``run.plot().save("curves.svg")`` writes them."""
        try:
            phases = self.result.get("phases", [])
        except RunError:  # not finished
            phases = []
        return self.history.plot(undone=[each["name"] for each in phases if each.get("stopped") == "undone"])

    def __repr__(self) -> str:
        """Return the folder with the headline figures."""
        return run_text(self)

    def _repr_html_(self) -> str:
        return run_html(self)

    def evaluate(
        self,
        data: DataLike | None = None,
        *,
        split: str | None = None,
        trust: bool = False,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Return metrics on a split of the run's own data (default ``test``), or on all of other data.

        Other data has the same classes, or some of them; it is a source string or in memory. The run's own data in
        memory are recognized by their fingerprint, and measured on their split. Here and below ``trust`` is consent to
        execute code that the run names, and to load its SavedModel whatever its operations. Raises BytesRefusedError
        for a folder that was changed, or that holds what is refused without such trust.
        """
        from tlzoo.runs.opening.memory import as_source, own_source
        from tlzoo.runs.results.evaluate import evaluate_run

        known = self.recipe.data
        source, _kept = (None, None) if data is None else as_source(data, progress, like=known)
        if source is not None and own_source(source, known):
            source = None
        with self._trusting(trust):
            return evaluate_run(self, source, split, progress or Silent())

    def predict(
        self,
        inputs: Any,
        *,
        video: str | Path | None = None,
        trust: bool = False,
        progress: Progress | None = None,
    ) -> list[dict[str, Any]]:
        """Return ``input``, ``label`` and ``probabilities`` of each input.

        A string, a path or bytes are one input. For images an input is a path, a folder, bytes, an array (height,
        width, 1 or 3) with values 0 to 255, or a PIL image; also an array of several (N, height, width, 1 or 3). For
        texts it is a string, or a tuple of two. A frame of pandas or polars has them in the columns that the run's own
        data names. A run that did not learn from labels takes what its trainer takes. ``video`` names a file for a
        video of the answer to the only input, in the format of its ending, if the run's trainer makes videos.
        """
        from tlzoo.runs.results.frames import inputs_from_frame, is_frame
        from tlzoo.runs.results.predict import predict_run
        from tlzoo.runs.results.raw_inputs import as_inputs
        from tlzoo.runs.results.trainer_answers import write_run_video

        given = inputs_from_frame(self, inputs) if is_frame(inputs) else inputs
        with self._trusting(trust):
            if video is None:
                return predict_run(self, given, progress or Silent())
            several = as_inputs(given)
            if len(several) != 1:
                raise UsageError(f"a video shows the answer to one input; received {len(several)}", "give one input")
            return [write_run_video(self, several[0], Path(video), progress or Silent())]

    def _trusting(self, trust: bool) -> AbstractContextManager[Any]:  # noqa: FBT001
        if not trust:
            return nullcontext()
        from tlzoo.artifacts import using
        from tlzoo.runs.consent.trust import trust_named

        return using(trusted=trust_named([self.path]))


def find_runs(parent: Path) -> Sequence[Run]:
    """Return the runs right under a folder, the newest last."""
    if not parent.is_dir():
        return []
    return [Run(path) for path in sorted(parent.iterdir()) if _is_run(path)]


def _is_run(path: Path) -> bool:
    """Say whether a folder looks like a run; one that may not be read does, and is told of by who reads it."""
    try:
        return RunFolder(path).recipe.is_file()
    except OSError:
        return True
