"""A finished run, opened from its folder: result, evaluation and predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, RunError, UsageError
from tlzoo.plugins.plugin_errors import naming_plugins
from tlzoo.progress import Progress, Silent
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.runs.files.result import read_result
from tlzoo.runs.files.verification import inspect_file
from tlzoo.runs.history import History, Plot
from tlzoo.runs.notebook import RunReport, run_html, run_text
from tlzoo.runs.recipe import Recipe, read_recipe

if TYPE_CHECKING:
    import keras

    from tlzoo.data import DataLike
    from tlzoo.runs.exporting.exports import Exports
    from tlzoo.runs.serving.server import Server
    from tlzoo.tasks import Metrics

__all__ = ["Run", "find_runs"]


@dataclass(frozen=True, repr=False)
class Run:
    """A run folder. It is cheap to create: files are read on first use.

    >>> run = tlzoo.Run("runs/photos")
    >>> accuracy = run.test["accuracy"]
    >>> answers = run.predict(["seven.png"])

    Args:
        path: Folder of the run.
    """

    path: Path

    def __post_init__(self) -> None:
        """Accept the folder as a string, too."""
        object.__setattr__(self, "path", Path(self.path))

    def __fspath__(self) -> str:
        """Return the folder, so that a run may be given wherever its path may."""
        return str(self.path)

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """Return the output of ``tlzoo train --json``; raise RunError for an unfinished run.

        The file is inspected but not compared with its hash. Methods that open more of the run check hashes.
        """
        folder = RunFolder.find(self.path)
        try:
            result = read_result(folder.result)
        except FileNotFoundError as error:
            raise RunError(f"{self.path} is not finished", f"resume it with `tlzoo resume {self.path}`") from error
        return result | {"run": str(self.path)}

    @property
    def recipe(self) -> Recipe:
        """The resolved recipe; raise BytesRefusedError or UsageError for an invalid file."""
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
        """The metrics on the test split, with their score; ``test`` has the plain values."""
        from tlzoo.evaluation import read_metrics

        try:
            return read_metrics(self.test, self.result.get("task"))
        except ValueError as error:
            raise BytesRefusedError(f"the result of {self.path} has {error}", "train again") from error

    @property
    def history(self) -> History:
        """The metrics of every epoch so far: ``history["val_loss"]``, a table, ``to_pandas()``."""
        folder = RunFolder.find(self.path)
        if not folder.metrics.is_file():
            return History(())
        inspect_file(folder, folder.metrics.name)
        return History(tuple(MetricsFile(folder.metrics).lines))

    @property
    def report(self) -> RunReport:
        """The report: ``path`` is the file, ``open()`` opens it in a browser, and a notebook displays it."""
        return RunReport(RunFolder.find(self.path).report)

    @cached_property
    def model(self) -> keras.Model:
        """The trained Keras model, from preprocessed samples (batch, …) to predictions (batch, names).

        ``predict`` takes raw input instead. Raises RunError for a run without a Keras model, and BytesRefusedError for
        a model that was changed or contains code.
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
        """Return the training curves, which a notebook displays; ``run.plot().save("curves.svg")`` saves them.

        Alternative phases start at the same epoch, as in the report. Those that the final weights do not come from are
        pale.
        """
        from tlzoo.runs.files.phase_starts import read_phase_starts

        folder = RunFolder.find(self.path)
        inspect_file(folder, folder.journal.name)
        order = read_phase_starts(Journal(folder.journal))
        return self.history.plot(undone=order.discarded, starts=order.starts)

    def __repr__(self) -> str:
        """Return the folder and the headline metrics."""
        return run_text(self)

    def _repr_html_(self) -> str:
        return run_html(self)

    @naming_plugins
    def evaluate(
        self,
        data: DataLike | None = None,
        *,
        split: str | None = None,
        trust: bool = False,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Return metrics on a split of the run's data (default ``test``), or on all of other data.

        Other data are a source string or in memory, with the same classes, or some of them. The run's own data in
        memory are recognized by their fingerprint, and evaluated on their split. Here and below ``trust`` is consent to
        execute code that the run names, and to load its SavedModel with any operations. Raises BytesRefusedError for a
        changed folder, or for content that is refused without trust.
        """
        from tlzoo.runs.opening.memory import as_source, own_source
        from tlzoo.runs.results.evaluate import evaluate_run
        from tlzoo.runs.results.run_task import task_of_arrays

        known = self.recipe.data
        source, _kept = (
            (None, None) if data is None else as_source(data, progress, like=known, task=task_of_arrays(self.result))
        )
        if source is not None and own_source(source, known):
            source = None
        with self.trusting(trust):
            return evaluate_run(self, source, split, progress or Silent())

    @naming_plugins
    def predict(
        self,
        inputs: Any,
        *,
        video: str | Path | None = None,
        runtime: str | None = None,
        out: str | Path | None = None,
        options: Mapping[str, Any] | None = None,
        coverage: str | float | None = None,
        trust: bool = False,
        progress: Progress | None = None,
    ) -> list[dict[str, Any]]:
        """Return ``input``, ``label`` and ``probabilities`` of each input.

        A string, a path or bytes are one input. An image is a path, a folder, bytes, an array (height, width, 1 or 3)
        with values 0 to 255, or a PIL image; an array (N, height, width, 1 or 3) holds several. A text is a string, or
        a tuple of two. A pandas or polars data frame has the inputs in the columns of the run's data. A run trained
        without labels takes the inputs of its trainer. ``video`` is a file for a video of a single input, in the format
        of its extension, if the run's trainer supports videos. ``runtime`` is ``tensorflow`` or the name of a format in
        ``exports/``, such as ``litert``; by default, an exact exported file is used if there is one. ``out`` is a
        folder for predictions that are files, such as masks; each prediction has the path of its file under ``file``.
        ``options`` are those of the run's trainer, such as ``{"temperature": 0.8}`` for generated texts.
        With a ``coverage`` between 0 and 1, or such as ``90%``, each prediction has a label set that contains the true
        class with this probability, ``set``, or for regression ``intervals``.
        """
        from tlzoo.runs.results.frames import inputs_from_frame, is_frame
        from tlzoo.runs.results.predict import predict_run
        from tlzoo.runs.results.raw_inputs import as_inputs

        given = inputs_from_frame(self, inputs) if is_frame(inputs) else inputs
        with self.trusting(trust):
            if video is None:
                files = None if out is None else Path(out)
                return predict_run(self, given, progress or Silent(), runtime, files, options, coverage)
            several = as_inputs(given)
            if len(several) != 1:
                raise UsageError(f"a video shows one input; got {len(several)} inputs", "give one input")
            from tlzoo.runs.results.trainer_answers import write_run_video

            return [write_run_video(self, several[0], Path(video), progress or Silent())]

    @naming_plugins
    def stream(
        self,
        given: Any,
        *,
        options: Mapping[str, Any] | None = None,
        trust: bool = False,
        progress: Progress | None = None,
    ) -> Iterator[str]:
        """Yield the text predicted for one input, such as a prompt, piece by piece as it is produced.

        >>> text = "".join(run.stream("Dear Sir,", options={"temperature": 0.8}))

        ``options`` are those of ``predict``. Raises UsageError for a run whose predictions are not texts.
        """
        from tlzoo.runs.results.trainer_answers import stream_by_trainer

        with self.trusting(trust):  # opens the run; the caller's code runs between the pieces
            pieces = stream_by_trainer(self, [given], progress or Silent(), options)
        for _, piece in pieces:
            yield piece

    def export(
        self,
        to: str | Sequence[str],
        *,
        data: DataLike | None = None,
        max_drop: float | None = None,
        out: str | Path | None = None,
        trust: bool = False,
        progress: Progress | None = None,
    ) -> Exports:
        """Write the network in other formats; each file is run on the test split and compared with the run.

        >>> exports = run.export("litert,litert:int8", max_drop=0.01)

        ``to`` names formats, as a list or joined by commas (`tlzoo exporters` lists them): ``litert``, ``onnx:int8``.
        Each gets a folder with class names, preprocessing, inputs with answers, licence and card in ``out``, by default
        ``exports/`` in the run folder, where ``predict`` uses them. With ``max_drop``, nothing is written unless the
        upper 95 % limit of every file's drop in accuracy is lower. ``data`` are the run's own data again, if they were
        in memory and this process does not have them. Raises UsageError for an unknown format or an existing folder,
        PluginError for a missing runtime, RunError for other data, and ExportError for a format that cannot express the
        network or loses more.
        """
        from tlzoo.runs.exporting.export_run import export_run
        from tlzoo.runs.opening.memory import give_again

        formats = [each.strip() for each in to.split(",")] if isinstance(to, str) else list(to)
        _kept = give_again(self.recipe, {"data": data}, progress)
        with self.trusting(trust):
            return export_run(
                self,
                [each for each in formats if each],
                max_drop=max_drop,
                out=None if out is None else Path(out),
                progress=progress or Silent(),
            )

    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        allowed_hosts: str | Sequence[str] = "",
        name: str = "",
        runtime: str = "tensorflow",
        workers: int = 1,
        max_batch: int = 32,
        max_wait: float = 2.0,
        max_queue: int = 256,
        max_body: float = 32.0,
        timeout: float = 30.0,
        trust: bool = False,
        progress: Progress | None = None,
    ) -> Server:
        """Start an HTTP server for this run; see ``tlzoo.serve``.

        >>> with run.serve(port=0) as server:
        ...     address = server.url
        """
        from tlzoo.runs.serving.options import ServerOptions
        from tlzoo.runs.serving.serve_run import serve_run

        options = ServerOptions.checked(
            host=host,
            port=port,
            allowed_hosts=allowed_hosts,
            name=name,
            runtime=runtime,
            workers=workers,
            max_batch=max_batch,
            max_wait=max_wait,
            max_queue=max_queue,
            max_body=max_body,
            timeout=timeout,
        )
        with self.trusting(trust):
            return serve_run(self, options, progress or Silent())

    def trusting(self, trust: bool) -> AbstractContextManager[Any]:  # noqa: FBT001
        """Return a context in which code that the run names may be executed, if ``trust``."""
        if not trust:
            return nullcontext()
        from tlzoo.artifacts import using
        from tlzoo.runs.consent.trust import trust_named

        return using(trusted=trust_named([self.path]))


def find_runs(parent: Path) -> Sequence[Run]:
    """Return the runs directly under a folder.

    Args:
        parent: The folder.

    Returns:
        The runs, newest last.
    """
    if not parent.is_dir():
        return []
    return [Run(path) for path in sorted(parent.iterdir()) if _is_run(path)]


def _is_run(path: Path) -> bool:
    """Return whether a folder looks like a run. An unreadable folder does; reading it reports the error."""
    try:
        return RunFolder(path).recipe.is_file()
    except OSError:
        return True
